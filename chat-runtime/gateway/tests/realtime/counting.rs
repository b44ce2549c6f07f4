//! A store and a cache that count what they are asked.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use talkline_core::{
    Result,
    checkpoint::Checkpoint,
    conversation::{Change, Docs, Facts, FactsQuery},
    id::{ConversationId, MessageId, UserId},
    message::Message,
    offset::Partition,
    port::{
        Changes, Conflict, ConversationRow, Head, Lease, Listing, Mailbox, MarkUpdate, Membership, Newest, Overdue,
        Page, Purged, Range, Reach, Recalled, Recent, Step, Store, StoredRejection,
    },
    receipt::Mark,
    time::Timestamp,
};

/// See the module.
pub(crate) struct Counting<T: ?Sized> {
    inner: Arc<T>,
    asked: AtomicUsize,
    pub(crate) pages: AtomicUsize,
    pub(crate) heads: AtomicUsize,
    /// How often what was remembered was to be confirmed, which is not among what was asked.
    pub(crate) confirmed: AtomicUsize,
    /// What was noted, so that it can be noted again.
    pub(crate) steps: Mutex<Vec<Step>>,
}

impl<T: ?Sized> Counting<T> {
    pub(crate) fn new(inner: Arc<T>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            asked: AtomicUsize::new(0),
            pages: AtomicUsize::new(0),
            heads: AtomicUsize::new(0),
            confirmed: AtomicUsize::new(0),
            steps: Mutex::default(),
        })
    }

    /// How many questions came since the last call.
    pub(crate) fn take(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }

    fn count(&self) -> &T {
        self.asked.fetch_add(1, Ordering::SeqCst);
        &self.inner
    }
}

impl Counting<dyn Recent> {
    /// Notes something once more.
    pub(crate) async fn again(&self, step: &Step) -> Result<()> {
        self.inner.note(std::slice::from_ref(step)).await
    }
}

#[async_trait]
impl Recent for Counting<dyn Recent> {
    async fn get(&self, conversation: ConversationId) -> Result<Recalled> {
        self.count().get(conversation).await
    }

    async fn confirm(&self, conversation: ConversationId, reach: Reach) -> Result<bool> {
        self.confirmed.fetch_add(1, Ordering::SeqCst);
        self.inner.confirm(conversation, reach).await
    }

    async fn fill(&self, conversation: ConversationId, lease: Lease, newest: &Newest) -> Result<bool> {
        self.count().fill(conversation, lease, newest).await
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Recalled<Arc<Membership>>> {
        self.inner.membership(conversation).await
    }

    async fn fill_membership(&self, lease: Lease, membership: &Arc<Membership>) -> Result<bool> {
        self.inner.fill_membership(lease, membership).await
    }

    async fn note(&self, steps: &[Step]) -> Result<()> {
        self.steps.lock().unwrap().extend_from_slice(steps);
        self.inner.note(steps).await
    }
}

#[async_trait]
impl Store for Counting<dyn Store> {
    async fn facts(&self, partition: Partition, query: FactsQuery) -> Result<Facts> {
        self.count().facts(partition, query).await
    }

    async fn append(&self, docs: &Docs) -> Result<Vec<Conflict>> {
        self.count().append(docs).await
    }

    async fn project(&self, changes: &[Change]) -> Result<()> {
        self.count().project(changes).await
    }

    async fn quarantine(&self, conversation: ConversationId, why: &str) -> Result<()> {
        self.count().quarantine(conversation, why).await
    }

    async fn mark(&self, partition: Partition) -> Result<Checkpoint> {
        self.count().mark(partition).await
    }

    async fn advance(&self, partition: Partition, to: Checkpoint) -> Result<()> {
        self.count().advance(partition, to).await
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Option<Membership>> {
        self.count().membership(conversation).await
    }

    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>> {
        self.heads.fetch_add(1, Ordering::SeqCst);
        self.count().heads(conversations).await
    }

    async fn page(&self, conversation: ConversationId, range: Range, limit: usize) -> Result<Page> {
        self.pages.fetch_add(1, Ordering::SeqCst);
        self.count().page(conversation, range, limit).await
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        self.count().messages(ids).await
    }

    async fn changes(&self, conversation: ConversationId, after: u64, limit: usize) -> Result<Changes> {
        self.count().changes(conversation, after, limit).await
    }

    async fn mailboxes(&self, user: UserId) -> Result<Vec<Mailbox>> {
        self.count().mailboxes(user).await
    }

    async fn conversations(&self, user: UserId, after: Option<Listing>, limit: usize) -> Result<Vec<ConversationRow>> {
        self.count().conversations(user, after, limit).await
    }

    async fn raise_marks(&self, updates: &[MarkUpdate]) -> Result<Vec<MarkUpdate>> {
        self.count().raise_marks(updates).await
    }

    async fn marks(&self, conversation: ConversationId) -> Result<Vec<Mark>> {
        self.count().marks(conversation).await
    }

    async fn rejections(&self, sender: UserId, since: Timestamp) -> Result<Vec<StoredRejection>> {
        self.count().rejections(sender, since).await
    }

    async fn overdue(&self, before: Timestamp, after: Option<ConversationId>, limit: usize) -> Result<Overdue> {
        self.count().overdue(before, after, limit).await
    }

    async fn purge(&self, limit: usize) -> Result<Purged> {
        self.count().purge(limit).await
    }

    async fn forget_rejections(&self, before: Timestamp, limit: usize) -> Result<usize> {
        self.count().forget_rejections(before, limit).await
    }
}
