//! The store: the conversations' documents. One file per question; this one says which question goes where.

mod append;
mod expiry;
mod facts;
mod history;
mod listing;
mod mark;
mod member;
mod project;
mod purge;
mod receipt;
mod rejection;
mod row;
mod visible;

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use rusqlite::Connection;
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

use crate::{database::Database, search::Touched};
use visible::Partitions;

/// The store in a data folder.
pub(crate) struct SqliteStore {
    database: Database,
    touched: Arc<Touched>,
}

impl SqliteStore {
    pub(crate) fn new(database: Database, touched: Arc<Touched>) -> Self {
        Self { database, touched }
    }

    fn partitions(&self) -> Partitions {
        Partitions(self.database.partitions())
    }
}

/// The conversations that a reader may find more in after these documents.
fn conversations(docs: &Docs) -> HashSet<ConversationId> {
    let messages = docs.messages.iter().map(|message| message.conversation());
    messages
        .chain(docs.changes.iter().map(|change| change.conversation))
        .collect()
}

#[async_trait]
impl Store for SqliteStore {
    async fn facts(&self, _: Partition, query: FactsQuery) -> Result<Facts> {
        self.database
            .read("store.facts", move |c| facts::facts(c, &query))
            .await
    }

    async fn append(&self, docs: &Docs) -> Result<Vec<Conflict>> {
        let (docs, touched) = (docs.clone(), conversations(docs));
        let appended = self
            .database
            .write("store.append", move |c| append::append(c, &docs))
            .await;
        // After a failure, too: it may nevertheless have taken effect.
        self.touched.note(touched);
        appended
    }

    async fn project(&self, changes: &[Change]) -> Result<()> {
        let touched: Vec<_> = changes.iter().map(|change| change.conversation).collect();
        let changes = changes.to_vec();
        let projected = self
            .database
            .write("store.project", move |c| project::project(c, &changes))
            .await;
        self.touched.note(touched);
        projected
    }

    async fn write(&self, docs: &Docs) -> Result<Vec<Conflict>> {
        let (docs, touched) = (docs.clone(), conversations(docs));
        let both = move |c: &Connection| {
            let conflicts = append::append(c, &docs)?;
            project::project(c, &docs.changes)?;
            Ok(conflicts)
        };
        let written = self.database.write("store.write", both).await;
        self.touched.note(touched);
        written
    }

    async fn quarantine(&self, conversation: ConversationId, why: &str) -> Result<()> {
        let why = why.to_owned();
        self.database
            .write("store.quarantine", move |c| append::quarantine(c, conversation, &why))
            .await
    }

    async fn mark(&self, partition: Partition) -> Result<Checkpoint> {
        self.database.read("store.mark", move |c| mark::get(c, partition)).await
    }

    async fn advance(&self, partition: Partition, to: Checkpoint) -> Result<()> {
        self.database
            .write("store.advance", move |c| mark::advance(c, partition, to))
            .await
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Option<Membership>> {
        self.database
            .read("store.membership", move |c| member::membership(c, conversation))
            .await
    }

    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>> {
        let (conversations, partitions) = (conversations.to_vec(), self.partitions());
        let heads = move |c: &Connection| conversations.iter().map(|id| partitions.head(c, *id)).collect();
        self.database.read("store.heads", heads).await
    }

    async fn page(&self, conversation: ConversationId, range: Range, limit: usize) -> Result<Page> {
        let partitions = self.partitions();
        let page = move |c: &Connection| history::page(c, partitions, conversation, range, limit);
        self.database.read("store.page", page).await
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        let (ids, partitions) = (ids.to_vec(), self.partitions());
        self.database
            .read("store.messages", move |c| history::messages(c, partitions, &ids))
            .await
    }

    async fn changes(&self, conversation: ConversationId, after: u64, limit: usize) -> Result<Changes> {
        let partitions = self.partitions();
        let changes = move |c: &Connection| history::changes(c, partitions, conversation, after, limit);
        self.database.read("store.changes", changes).await
    }

    async fn mailboxes(&self, user: UserId) -> Result<Vec<Mailbox>> {
        self.database
            .read("store.mailboxes", move |c| member::mailboxes(c, user))
            .await
    }

    async fn conversations(&self, user: UserId, after: Option<Listing>, limit: usize) -> Result<Vec<ConversationRow>> {
        let partitions = self.partitions();
        let list = move |c: &Connection| listing::conversations(c, partitions, user, after, limit);
        self.database.read("store.conversations", list).await
    }

    async fn raise_marks(&self, updates: &[MarkUpdate]) -> Result<Vec<MarkUpdate>> {
        let updates = updates.to_vec();
        self.database
            .write("store.raise_marks", move |c| receipt::raise(c, &updates))
            .await
    }

    async fn marks(&self, conversation: ConversationId) -> Result<Vec<Mark>> {
        self.database
            .read("store.marks", move |c| receipt::of_conversation(c, conversation))
            .await
    }

    async fn rejections(&self, sender: UserId, since: Timestamp) -> Result<Vec<StoredRejection>> {
        self.database
            .read("store.rejections", move |c| rejection::of_sender(c, sender, since))
            .await
    }

    async fn overdue(&self, before: Timestamp, after: Option<ConversationId>, limit: usize) -> Result<Overdue> {
        let partitions = self.partitions();
        let overdue = move |c: &Connection| purge::overdue(c, partitions, before, after, limit);
        self.database.read("store.overdue", overdue).await
    }

    async fn purge(&self, limit: usize) -> Result<Purged> {
        let partitions = self.partitions();
        self.database
            .write("store.purge", move |c| purge::purge(c, partitions, limit))
            .await
    }

    async fn forget_rejections(&self, before: Timestamp, limit: usize) -> Result<usize> {
        self.database
            .write("store.forget_rejections", move |c| rejection::forget(c, before, limit))
            .await
    }
}
