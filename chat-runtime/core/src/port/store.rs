//! The store: the conversations' documents, for workers to write and for everybody to read.

use async_trait::async_trait;

use super::{Overdue, Purged};
use crate::{
    checkpoint::Checkpoint,
    conversation::{Change, Docs, Facts, FactsQuery, Kind, Member, Reason},
    error::Result,
    id::{ConversationId, MessageId, UserId},
    message::Message,
    offset::{Offset, Partition},
    receipt::Mark,
    time::Timestamp,
};

/// The conversations' documents.
///
/// Law for writing:
/// 1. Documents are append-only and idempotent: the same one again is fine. Another one under the same id, `seq` or
///    `changeSeq` is a [`Conflict`], reported for its conversation and not written; all others are.
/// 2. [`append`](Store::append) may stop halfway, with any of its documents written. Done again, it completes.
/// 3. [`project`](Store::project) brings changes into messages and names. Changes commute and can be repeated: what
///    counts is the offset, not the order of arrival.
/// 4. Marks of partitions only grow, each with an anchor that it was given, or an older one.
/// 5. What returned is durable.
///
/// Law for reading, which every reader can rely on at any moment between the writes of any number of workers:
/// 6. Numbers have no holes: [`visible_head`](crate::conversation::visible_head) cuts what is above the first one.
/// 7. A message never changes its number, and a visible change's effect is visible too.
/// 8. [`facts`](Store::facts) gives conversations as of the position asked for, whatever lies above it.
///
/// Law for what is too old. An expiry is a change like any other, in its place in the log; removing is another matter,
/// which may be done at any time afterwards, or never:
/// 9. From a change [`Expired`](crate::conversation::ChangeKind::Expired) on, nothing of the messages up to its number
///    is shown, found or counted, nor are changes that do not [outlive](Change::outlives) it. Everything else stays:
///    heads, numbers, marks, names, members. Of a conversation's changes, numbers may then be missing.
/// 10. [`purge`](Store::purge) removes what an expiry below the partition's mark has hidden. No reader sees a
///    difference, and the facts of a purged message keep its place and number, so that its retry is still a retry.
/// 11. [`facts`](Store::facts) for a position at or below such an expiry says [`settled`](Facts::settled), as soon as
///    anything can have been removed: it looks for that last, and a purge says so first.
/// 12. Documents of what was purged, written again by a worker that is late, are no conflict and show nothing.
#[async_trait]
pub trait Store: Send + Sync {
    /// Answers a batch's question.
    async fn facts(&self, partition: Partition, query: FactsQuery) -> Result<Facts>;

    /// Writes documents.
    async fn append(&self, docs: &Docs) -> Result<Vec<Conflict>>;

    /// Brings changes into what they change.
    async fn project(&self, changes: &[Change]) -> Result<()>;

    /// Both, for a store that can do it in one go.
    async fn write(&self, docs: &Docs) -> Result<Vec<Conflict>> {
        let conflicts = self.append(docs).await?;
        self.project(&docs.changes).await?;
        Ok(conflicts)
    }

    /// Remembers that a conversation's documents contradict the log.
    async fn quarantine(&self, conversation: ConversationId, why: &str) -> Result<()>;

    /// Everything below this place of the partition is written and published.
    async fn mark(&self, partition: Partition) -> Result<Checkpoint>;

    /// Moves the mark up to `to`; does nothing if it is there or above.
    async fn advance(&self, partition: Partition, to: Checkpoint) -> Result<()>;

    /// Who is in a conversation now, and what it is called; `None` if it does not exist.
    async fn membership(&self, conversation: ConversationId) -> Result<Option<Membership>>;

    /// The visible heads of conversations, in the order asked.
    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>>;

    /// Messages of a conversation within `range`, ascending, up to `limit`, and whether there are more.
    async fn page(&self, conversation: ConversationId, range: Range, limit: usize) -> Result<Page>;

    /// Messages by id, those that are visible.
    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>>;

    /// Changes above `after`, ascending, up to `limit`, and whether there are more. Numbers are missing where something
    /// has expired (law 9).
    async fn changes(&self, conversation: ConversationId, after: u64, limit: usize) -> Result<Changes>;

    /// The conversations of a user, with the membership in each. For subscribing: ids only, no bodies.
    async fn mailboxes(&self, user: UserId) -> Result<Vec<Mailbox>>;

    /// The conversations of a user for a list, the one with the newest message first, from behind `after` on.
    async fn conversations(&self, user: UserId, after: Option<Listing>, limit: usize) -> Result<Vec<ConversationRow>>;

    /// Raises members' marks; each number only ever grows. Returns what moved.
    async fn raise_marks(&self, updates: &[MarkUpdate]) -> Result<Vec<MarkUpdate>>;

    /// The marks of a conversation's members.
    async fn marks(&self, conversation: ConversationId) -> Result<Vec<Mark>>;

    /// What was rejected of a sender's since `since`, as far as it was not forgotten.
    async fn rejections(&self, sender: UserId, since: Timestamp) -> Result<Vec<StoredRejection>>;

    /// Looks at up to `limit` conversations, by id from behind `after` on, for visible messages that were accepted
    /// before `before`: only those without a younger one before them, so that numbers stay without holes.
    async fn overdue(&self, before: Timestamp, after: Option<ConversationId>, limit: usize) -> Result<Overdue>;

    /// Removes up to `limit` messages and changes that have expired. Any number may call it, beside any worker.
    async fn purge(&self, limit: usize) -> Result<Purged>;

    /// Removes rejections accepted before `before`, the oldest first and up to `limit`; says how many.
    async fn forget_rejections(&self, before: Timestamp, limit: usize) -> Result<usize>;
}

/// A document that contradicts a stored one: a broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Where.
    pub conversation: ConversationId,
    /// Which document, in words for an operator; no content.
    pub what: String,
}

/// Who is in a conversation, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The conversation.
    pub id: ConversationId,
    /// What sort it is.
    pub kind: Kind,
    /// A group's name.
    pub name: Option<String>,
    /// Whether new members see all of the history.
    pub open_history: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// The place of the last change of membership.
    pub changed: Offset,
    /// Everybody who is in, by id.
    pub members: std::collections::BTreeMap<UserId, Member>,
}

/// How far a conversation has come, as readers may see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The newest visible message.
    pub seq: u64,
    /// The newest visible change.
    pub change_seq: u64,
}

/// Which messages of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Those with `from ≤ seq < before`, the newest of them.
    Before {
        /// The lowest.
        from: u64,
        /// Above the highest; `u64::MAX` for the end.
        before: u64,
    },
    /// Those with `seq > after`, the oldest of them.
    After {
        /// Below the lowest.
        after: u64,
    },
}

/// Some messages, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Without holes.
    pub messages: Vec<Message>,
    /// Whether there are more in that direction.
    pub has_more: bool,
}

/// Some changes, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Without holes but those of what has expired.
    pub changes: Vec<Change>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A user's place in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The conversation.
    pub conversation: ConversationId,
    /// The membership.
    pub member: Member,
}

/// A place in a user's list of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The time of the newest message, or of the creation.
    pub at: Timestamp,
    /// The conversation, to tell equal times apart.
    pub conversation: ConversationId,
}

/// A conversation in a user's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationRow {
    /// Who is in and what it is called.
    pub membership: Membership,
    /// Its place in the list.
    pub listing: Listing,
    /// How far it is.
    pub head: Head,
    /// The newest message that the user can see.
    pub last_message: Option<Message>,
    /// How far the user is.
    pub mark: Mark,
    /// Visible messages of others above the user's `read_seq`.
    pub unread: u64,
}

/// A mark to raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkUpdate {
    /// Where.
    pub conversation: ConversationId,
    /// Whose, and how far.
    pub mark: Mark,
}

/// A rejection that its sender may not have heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRejection {
    /// Where it would have gone.
    pub conversation: ConversationId,
    /// The sender's own name for it.
    pub client_message_id: String,
    /// Why.
    pub reason: Reason,
    /// When the gateway had accepted it.
    pub at: Timestamp,
}
