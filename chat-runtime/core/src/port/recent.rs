//! The cache of conversations' newest messages, and of who is in them, for workers to keep fresh and for gateways to read.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;

use super::{Head, Membership};
use crate::{error::Result, id::ConversationId, message::Message, offset::Offset};

/// The newest messages of conversations, and their memberships, in front of the store.
///
/// A reader that finds nothing is given a [`Lease`], reads the store, and offers what it read. A worker that stored
/// something of a conversation says so before anybody is told of it; what is cached is continued or dropped, and leases
/// are void. So nothing of a conversation that nobody reads is ever written here.
///
/// Law:
/// 1. What [`get`](Recent::get) finds is no older than what a [`note`](Recent::note) said that had returned before the
///    call began: a message that was added, and whatever was changed, is in it.
/// 2. A [`fill`](Recent::fill) is kept only if no note of the conversation came since its lease was given, and within a
///    bounded time. So a slow reader never brings back what a worker has overtaken.
/// 3. A note of messages continues what is cached only where it follows on it exactly, or repeats it. Where a number
///    before it is missing, it drops it. So a worker that is late, or sees its partition for the second time, does no harm.
/// 4. Notes may be repeated, and come in any order from workers that do not know of each other.
/// 5. A list is forgotten some time after its fill ([`LIFE`]), however often it was read or continued; and at any time
///    before, as may be any lease.
/// 6. A note that failed may have taken effect or not. What it was about must be noted as changed before law 1 holds for
///    it again. Until then, and if the cache itself loses a note that had returned (a server that fails over to a copy
///    which lags behind), readers may find what is older, by no more than [`LIFE`]; who knows of a higher number than
///    what was found has must not use it.
/// 7. What [`confirm`](Recent::confirm) says yes to, a [`get`](Recent::get) in its place would have found: a list of the same
///    reach. So who has kept one, in whatever form, may show it once more.
/// 8. What laws 1, 2, 5 and 6 say of a conversation's messages holds for its [`membership`](Recent::membership) by itself, which has leases
///    of its own: a note of messages leaves it, one of a change drops it.
#[async_trait]
pub trait Recent: Send + Sync {
    /// The newest messages of a conversation, or a lease to bring them.
    async fn get(&self, conversation: ConversationId) -> Result<Recalled>;

    /// Whether the newest messages of a conversation reach as far as this, and no further: much less to ask for than the messages.
    async fn confirm(&self, conversation: ConversationId, reach: Reach) -> Result<bool>;

    /// Brings what the store showed after the lease was given: whether it is kept.
    async fn fill(&self, conversation: ConversationId, lease: Lease, newest: &Newest) -> Result<bool>;

    /// Who is in a conversation, or a lease to bring them.
    async fn membership(&self, conversation: ConversationId) -> Result<Recalled<Arc<Membership>>>;

    /// Brings what the store said of a conversation after the lease was given: whether it is kept. One of more than [`MOST_MEMBERS`] never
    /// is, and none where there is one gateway only, which remembers them itself.
    async fn fill_membership(&self, lease: Lease, membership: &Arc<Membership>) -> Result<bool>;

    /// Says what was stored, of each conversation at most once. Workers call it after the store's write.
    async fn note(&self, steps: &[Step]) -> Result<()>;
}

/// How long a list is kept after its fill, in seconds.
pub const LIFE: u64 = 300;

/// How long a lease is good, in seconds: longer than any question to a store takes.
pub const LEASE: u64 = 20;

/// Members of a conversation whose membership is cached, at most: some 40 KB.
pub const MOST_MEMBERS: usize = 1_000;

/// What the cache has of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recalled<T = Newest> {
    /// What was asked for.
    Found(T),
    /// Nothing: who asked may bring it.
    Nothing(Lease),
}

/// Permission to bring what was asked for, as long as nothing of the conversation is stored that would change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease(pub u64);

/// How far a list reaches: what it tells of a conversation, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// [`Newest::head`].
    pub head: Head,
    /// [`Newest::membership`].
    pub membership: Offset,
}

/// The newest visible messages of a conversation, as the store showed them to some reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// Everything up to these numbers is in it. Of later changes some may be, as any reader of the store may see them.
    pub head: Head,
    /// The place of a change of membership, the last one before a moment when all of it was stored. Who is a member as of
    /// this place or later may see it, as far as that membership's history goes back.
    pub membership: Offset,
    /// Ascending, without holes, [`Newest::MOST`] at most.
    pub messages: VecDeque<Arc<Message>>,
    /// Whether there is no visible message before the first.
    pub whole: bool,
}

impl Newest {
    /// Messages in a list, at most.
    pub const MOST: usize = 50;

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        Reach {
            head: self.head,
            membership: self.membership,
        }
    }

    /// Brings messages in that were stored when `change_seq` was the conversation's newest change; those that are there
    /// stay as they are. False if something before them is missing, so that the list is of no use any more.
    pub fn append(&mut self, change_seq: u64, messages: &[Arc<Message>]) -> bool {
        let next = self.head.seq + 1;
        if self.head.change_seq < change_seq || messages.first().is_some_and(|first| first.seq > next) {
            return false;
        }
        for message in messages.iter().filter(|message| message.seq >= next) {
            self.head.seq = message.seq;
            self.messages.push_back(message.clone());
        }
        while self.messages.len() > Self::MOST {
            self.messages.pop_front();
            self.whole = false;
        }
        true
    }
}

/// What was stored of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Messages with consecutive numbers, and nothing else.
    Added {
        /// Where.
        conversation: ConversationId,
        /// Its newest change, before them as after them.
        change_seq: u64,
        /// At least one.
        messages: Vec<Arc<Message>>,
    },
    /// Something else, or what is not known any more.
    Changed(ConversationId),
}

impl Step {
    /// Where.
    pub fn conversation(&self) -> ConversationId {
        match self {
            Self::Added { conversation, .. } | Self::Changed(conversation) => *conversation,
        }
    }
}
