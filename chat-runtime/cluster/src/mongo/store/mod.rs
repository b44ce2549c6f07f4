//! The store: the conversations' documents. One file per question; this one says which question goes where.
//!
//! Writes are on a majority's disks when they return, reads are of what a majority has. Everything is written such that
//! its order does not matter and doing it again does nothing, so no transaction is needed, and two workers that hold a
//! partition at the same time cannot lose each other's writes.

mod append;
mod change;
mod effects;
pub(super) mod expiry;
mod facts;
mod history;
mod listing;
mod marks;
mod member;
mod membership;
mod page;
mod project;
mod purge;
mod receipt;
mod rejection;
mod tail;
mod visible;

use async_trait::async_trait;
use talkline_core::{
    Result,
    checkpoint::Checkpoint,
    conversation::{Change, Docs, Facts, FactsQuery},
    id::{ConversationId, MessageId, UserId},
    message::Message,
    offset::Partition,
    port::{
        Changes, Conflict, ConversationRow, Head, Listing, Mailbox, MarkUpdate, Membership, Overdue, Page, Purged,
        Range, Store, StoredRejection,
    },
    receipt::Mark,
    time::Timestamp,
};

use super::{
    Config, HistoryReads,
    connection::{Connection, Documents},
    layout::{CHANGES, CONVERSATIONS, EXPIRIES, MARKS, MEMBERS, MESSAGES, PURGED, QUARANTINE, RECEIPTS, REJECTIONS},
    message,
};

/// The store's collections, and what readers remember.
struct Collections {
    connection: Connection,
    messages: Documents,
    changes: Documents,
    members: Documents,
    conversations: Documents,
    receipts: Documents,
    expiries: Documents,
    purged: Documents,
    rejections: Documents,
    quarantine: Documents,
    marks: Documents,
    known_marks: marks::Known,
    history_reads: HistoryReads,
}

/// The store in a database.
pub(super) struct MongoStore {
    collections: Collections,
}

impl MongoStore {
    pub(super) fn new(connection: Connection, config: &Config) -> Self {
        let collections = Collections {
            messages: connection.collection(MESSAGES),
            changes: connection.collection(CHANGES),
            members: connection.collection(MEMBERS),
            conversations: connection.collection(CONVERSATIONS),
            receipts: connection.collection(RECEIPTS),
            expiries: connection.collection(EXPIRIES),
            purged: connection.collection(PURGED),
            rejections: connection.collection(REJECTIONS),
            quarantine: connection.collection(QUARANTINE),
            marks: connection.collection(MARKS),
            known_marks: marks::Known::new(config.partitions),
            history_reads: config.history_reads,
            connection,
        };
        Self { collections }
    }

    async fn call<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, super::error::Failure>>,
    ) -> Result<T> {
        self.collections.connection.call(operation, work).await
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn facts(&self, _: Partition, query: FactsQuery) -> Result<Facts> {
        self.call("store.facts", facts::facts(&self.collections, &query)).await
    }

    async fn append(&self, docs: &Docs) -> Result<Vec<Conflict>> {
        self.call("store.append", append::append(&self.collections, docs)).await
    }

    async fn project(&self, changes: &[Change]) -> Result<()> {
        self.call("store.project", project::project(&self.collections, changes))
            .await
    }

    async fn quarantine(&self, conversation: ConversationId, why: &str) -> Result<()> {
        self.call(
            "store.quarantine",
            append::quarantine(&self.collections, conversation, why),
        )
        .await
    }

    async fn mark(&self, partition: Partition) -> Result<Checkpoint> {
        self.call("store.mark", marks::get(&self.collections, partition)).await
    }

    async fn advance(&self, partition: Partition, to: Checkpoint) -> Result<()> {
        self.call("store.advance", marks::advance(&self.collections, partition, to))
            .await
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Option<Membership>> {
        let asked = [conversation];
        let found = membership::of(&self.collections, &asked);
        let mut found = self.call("store.membership", found).await?;
        Ok(found.remove(&conversation))
    }

    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>> {
        self.call("store.heads", visible::heads(&self.collections, conversations))
            .await
    }

    async fn page(&self, conversation: ConversationId, range: Range, limit: usize) -> Result<Page> {
        self.call("store.page", page::page(&self.collections, conversation, range, limit))
            .await
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        self.call("store.messages", history::messages(&self.collections, ids))
            .await
    }

    async fn changes(&self, conversation: ConversationId, after: u64, limit: usize) -> Result<Changes> {
        self.call(
            "store.changes",
            history::changes(&self.collections, conversation, after, limit),
        )
        .await
    }

    async fn mailboxes(&self, user: UserId) -> Result<Vec<Mailbox>> {
        self.call("store.mailboxes", member::mailboxes(&self.collections, user))
            .await
    }

    async fn conversations(&self, user: UserId, after: Option<Listing>, limit: usize) -> Result<Vec<ConversationRow>> {
        self.call(
            "store.conversations",
            listing::conversations(&self.collections, user, after, limit),
        )
        .await
    }

    async fn raise_marks(&self, updates: &[MarkUpdate]) -> Result<Vec<MarkUpdate>> {
        self.call("store.raise_marks", receipt::raise(&self.collections, updates))
            .await
    }

    async fn marks(&self, conversation: ConversationId) -> Result<Vec<Mark>> {
        self.call("store.marks", receipt::of_conversation(&self.collections, conversation))
            .await
    }

    async fn rejections(&self, sender: UserId, since: Timestamp) -> Result<Vec<StoredRejection>> {
        self.call(
            "store.rejections",
            rejection::of_sender(&self.collections, sender, since),
        )
        .await
    }

    async fn overdue(&self, before: Timestamp, after: Option<ConversationId>, limit: usize) -> Result<Overdue> {
        self.call("store.overdue", purge::overdue(&self.collections, before, after, limit))
            .await
    }

    async fn purge(&self, limit: usize) -> Result<Purged> {
        self.call("store.purge", purge::purge(&self.collections, limit)).await
    }

    async fn forget_rejections(&self, before: Timestamp, limit: usize) -> Result<usize> {
        self.call(
            "store.forget_rejections",
            purge::forget_rejections(&self.collections, before, limit),
        )
        .await
    }
}
