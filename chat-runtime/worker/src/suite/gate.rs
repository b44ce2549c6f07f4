//! The gate before every single write: where a worker waits to be let on, or dies.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use talkline_core::{
    Error, ErrorKind, Result,
    checkpoint::Checkpoint,
    conversation::{Change, Docs, Facts, FactsQuery},
    event::{EventBody, Signal},
    id::{ConversationId, MessageId, UserId},
    message::Message,
    offset::{Offset, Partition},
    port::{
        Changes, Conflict, ConversationRow, FanOut, Head, Inbox, Lease, Listing, Mailbox, MarkUpdate, Membership,
        Newest, Overdue, Page, Purged, Range, Reach, Recalled, Recent, Step, Store, StoredRejection, Subscription,
    },
    receipt::Mark,
    time::Timestamp,
};
use tokio::sync::{Semaphore, mpsc};

/// A shortcut that looks harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Load the newest state instead of that below the position.
    NewestState,
    /// Judge by who is a member now.
    MembersNow,
    /// Take any stored message with the same id for a retry.
    AnyIdIsRetry,
    /// Judge by whether the message is deleted now.
    DeletedNow,
    /// Move the mark before publishing.
    MarkBeforePublish,
    /// Judge a record again although what it was judged by may have been purged.
    PurgedForgotten,
    /// Tell the cache after everybody else.
    NoteAfterPublish,
    /// Bring what was read before the lease at hand was given.
    AnyLease,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NewestState,
        Self::MembersNow,
        Self::AnyIdIsRetry,
        Self::DeletedNow,
        Self::MarkBeforePublish,
        Self::PurgedForgotten,
        Self::NoteAfterPublish,
        Self::AnyLease,
    ];
}

/// Where a worker waits before each write.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) arrived: mpsc::Sender<()>,
    pub(super) permits: Arc<Semaphore>,
}

impl Gate {
    async fn pass(&self) -> Result<()> {
        let closed = |cause: &dyn std::fmt::Display| Error::new(ErrorKind::Closed, "gate", cause);
        self.arrived.send(()).await.map_err(|error| closed(&error))?;
        self.permits.acquire().await.map_err(|error| closed(&error))?.forget();
        Ok(())
    }
}

/// Everything that was ever published, by whichever worker.
#[derive(Clone, Default)]
pub(super) struct Published(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    signals: BTreeSet<String>,
    heads: HashMap<ConversationId, Head>,
    memberships: HashMap<ConversationId, Offset>,
}

impl Published {
    pub(super) fn signals(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).signals.clone()
    }

    /// How far everybody was told.
    pub(super) fn head(&self, conversation: ConversationId) -> Head {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.heads.get(&conversation).copied().unwrap_or_default()
    }

    /// The last change of membership that everybody was told of.
    pub(super) fn membership(&self, conversation: ConversationId) -> Offset {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.memberships.get(&conversation).copied().unwrap_or_default()
    }

    fn add(&self, signals: &[Signal]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.signals.extend(signals.iter().map(|signal| format!("{signal:?}")));
        for signal in signals {
            let Signal::Conversation(event) = signal else { continue };
            let changed = all.memberships.entry(event.conversation).or_default();
            *changed = event.membership.max(*changed);
            let head = all.heads.entry(event.conversation).or_default();
            match &event.body {
                EventBody::Message(message) => head.seq = head.seq.max(message.seq),
                EventBody::Change(change) => head.change_seq = head.change_seq.max(change.change_seq),
                _ => {}
            }
        }
    }
}

/// A store, a cache and a fan-out behind a gate: each document is a write of its own, in any order within its group.
pub(super) struct Gated {
    pub(super) gate: Gate,
    pub(super) store: Arc<dyn Store>,
    pub(super) recent: Arc<dyn Recent>,
    pub(super) published: Published,
    pub(super) mutation: Option<Mutation>,
    rng: Mutex<SmallRng>,
    held_back: Mutex<Vec<Signal>>,
    unnoted: Mutex<Vec<Step>>,
}

impl Gated {
    pub(super) fn new(
        gate: Gate,
        (store, recent): (Arc<dyn Store>, Arc<dyn Recent>),
        published: Published,
        mutation: Option<Mutation>,
        seed: u64,
    ) -> Self {
        let rng = Mutex::new(SmallRng::seed_from_u64(seed));
        Self {
            gate,
            store,
            recent,
            published,
            mutation,
            rng,
            held_back: Mutex::default(),
            unnoted: Mutex::default(),
        }
    }

    fn shuffled<T: Clone>(&self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        items.shuffle(&mut *self.rng.lock().unwrap_or_else(PoisonError::into_inner));
        items
    }

    /// Each document in a batch of its own.
    fn singles(&self, docs: &Docs) -> Vec<Docs> {
        let messages = docs.messages.iter().map(|message| Docs {
            messages: vec![message.clone()],
            ..Docs::default()
        });
        let changes = docs.changes.iter().map(|change| Docs {
            changes: vec![change.clone()],
            ..Docs::default()
        });
        let members = docs.members.iter().map(|event| Docs {
            members: vec![*event],
            ..Docs::default()
        });
        let rejections = docs.rejections.iter().map(|r| Docs {
            rejections: vec![r.clone()],
            ..Docs::default()
        });
        self.shuffled(
            &messages
                .chain(changes)
                .chain(members)
                .chain(rejections)
                .collect::<Vec<_>>(),
        )
    }

    async fn mutate(&self, partition: Partition, query: FactsQuery, facts: &mut Facts) -> Result<()> {
        match self.mutation {
            Some(Mutation::NewestState) => {
                *facts = self
                    .store
                    .facts(
                        partition,
                        FactsQuery {
                            position: Offset::MAX,
                            ..query
                        },
                    )
                    .await?;
            }
            Some(Mutation::MembersNow) => {
                let now = self
                    .store
                    .facts(
                        partition,
                        FactsQuery {
                            position: Offset::MAX,
                            ..query
                        },
                    )
                    .await?;
                for (id, state) in now.conversations {
                    facts.conversations.entry(id).or_default().members = state.members;
                }
            }
            Some(Mutation::AnyIdIsRetry) => {
                facts.messages.values_mut().for_each(|fact| fact.offset = Offset::ZERO);
            }
            Some(Mutation::DeletedNow) => {
                facts
                    .messages
                    .values_mut()
                    .for_each(|fact| fact.deleted = fact.deleted.and(Some(Offset::ZERO)));
            }
            Some(Mutation::PurgedForgotten) => facts.settled.clear(),
            Some(Mutation::MarkBeforePublish | Mutation::NoteAfterPublish | Mutation::AnyLease) | None => {}
        }
        Ok(())
    }
}

#[async_trait]
impl FanOut for Gated {
    async fn publish(&self, signals: Vec<Signal>) -> Result<()> {
        self.gate.pass().await?;
        match self.mutation {
            Some(Mutation::MarkBeforePublish) => {
                self.held_back
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(signals);
            }
            _ => self.published.add(&signals),
        }
        let unnoted = std::mem::take(&mut *self.unnoted.lock().unwrap_or_else(PoisonError::into_inner));
        if !unnoted.is_empty() {
            self.gate.pass().await?;
            self.recent.note(&unnoted).await?;
        }
        Ok(())
    }

    async fn attach(&self) -> Result<(Box<dyn Subscription>, Box<dyn Inbox>)> {
        Err(Error::new(ErrorKind::Invalid, "gated.attach", "only published to"))
    }
}

#[async_trait]
impl Recent for Gated {
    async fn get(&self, conversation: ConversationId) -> Result<Recalled> {
        self.recent.get(conversation).await
    }

    async fn confirm(&self, conversation: ConversationId, reach: Reach) -> Result<bool> {
        self.recent.confirm(conversation, reach).await
    }

    async fn fill(&self, conversation: ConversationId, lease: Lease, newest: &Newest) -> Result<bool> {
        self.recent.fill(conversation, lease, newest).await
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Recalled<Arc<Membership>>> {
        self.recent.membership(conversation).await
    }

    async fn fill_membership(&self, lease: Lease, membership: &Arc<Membership>) -> Result<bool> {
        self.recent.fill_membership(lease, membership).await
    }

    async fn note(&self, steps: &[Step]) -> Result<()> {
        if self.mutation == Some(Mutation::NoteAfterPublish) {
            let mut unnoted = self.unnoted.lock().unwrap_or_else(PoisonError::into_inner);
            unnoted.extend_from_slice(steps);
            return Ok(());
        }
        for step in self.shuffled(steps) {
            self.gate.pass().await?;
            self.recent.note(&[step]).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Gated {
    async fn facts(&self, partition: Partition, query: FactsQuery) -> Result<Facts> {
        self.gate.pass().await?;
        let mut facts = self.store.facts(partition, query.clone()).await?;
        self.mutate(partition, query, &mut facts).await?;
        Ok(facts)
    }

    async fn append(&self, docs: &Docs) -> Result<Vec<Conflict>> {
        let mut conflicts = Vec::new();
        for single in self.singles(docs) {
            self.gate.pass().await?;
            conflicts.extend(self.store.append(&single).await?);
        }
        Ok(conflicts)
    }

    async fn project(&self, changes: &[Change]) -> Result<()> {
        for change in self.shuffled(changes) {
            self.gate.pass().await?;
            self.store.project(&[change]).await?;
        }
        Ok(())
    }

    async fn advance(&self, partition: Partition, to: Checkpoint) -> Result<()> {
        self.gate.pass().await?;
        self.store.advance(partition, to).await?;
        self.gate.pass().await?;
        let held_back = std::mem::take(&mut *self.held_back.lock().unwrap_or_else(PoisonError::into_inner));
        self.published.add(&held_back);
        Ok(())
    }

    async fn quarantine(&self, conversation: ConversationId, why: &str) -> Result<()> {
        self.store.quarantine(conversation, why).await
    }

    async fn mark(&self, partition: Partition) -> Result<Checkpoint> {
        self.store.mark(partition).await
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Option<Membership>> {
        self.store.membership(conversation).await
    }

    async fn heads(&self, conversations: &[ConversationId]) -> Result<Vec<Head>> {
        self.store.heads(conversations).await
    }

    async fn page(&self, conversation: ConversationId, range: Range, limit: usize) -> Result<Page> {
        self.store.page(conversation, range, limit).await
    }

    async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        self.store.messages(ids).await
    }

    async fn changes(&self, conversation: ConversationId, after: u64, limit: usize) -> Result<Changes> {
        self.store.changes(conversation, after, limit).await
    }

    async fn mailboxes(&self, user: UserId) -> Result<Vec<Mailbox>> {
        self.store.mailboxes(user).await
    }

    async fn conversations(&self, user: UserId, after: Option<Listing>, limit: usize) -> Result<Vec<ConversationRow>> {
        self.store.conversations(user, after, limit).await
    }

    async fn raise_marks(&self, updates: &[MarkUpdate]) -> Result<Vec<MarkUpdate>> {
        self.store.raise_marks(updates).await
    }

    async fn marks(&self, conversation: ConversationId) -> Result<Vec<Mark>> {
        self.store.marks(conversation).await
    }

    async fn rejections(&self, sender: UserId, since: Timestamp) -> Result<Vec<StoredRejection>> {
        self.store.rejections(sender, since).await
    }

    async fn overdue(&self, before: Timestamp, after: Option<ConversationId>, limit: usize) -> Result<Overdue> {
        self.store.overdue(before, after, limit).await
    }

    async fn purge(&self, limit: usize) -> Result<Purged> {
        self.store.purge(limit).await
    }

    async fn forget_rejections(&self, before: Timestamp, limit: usize) -> Result<usize> {
        self.store.forget_rejections(before, limit).await
    }
}
