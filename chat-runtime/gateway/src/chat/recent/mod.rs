//! The newest messages of conversations, so that most pages of history cost no question to the store.
//!
//! Two levels. This gateway's memory has conversations encoded as they go out. It shows them only if the cache that all
//! gateways share and workers keep fresh ([`Recent`]) confirms that they reach as far as its own; which is a question of three
//! numbers, where its messages would be kilobytes to read and to encode. Behind that is the store, which is asked once for all
//! who wait. Who may see a page is decided by who was a member when all of it was stored; that is the caller's.

mod shown;
mod watches;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::future::Cache;
use talkline_core::{
    Error, ErrorKind, Result,
    event::{Event, EventBody},
    id::ConversationId,
    port::{Head, LIFE, Lease, Newest, Range, Recalled, Recent, Step, Store},
};

pub(super) use self::shown::Shown;
use self::watches::{Watches, reaches};
use super::Memberships;
use crate::{config, metrics, ports::Ports};

/// Answers that are older than their question are asked for again so often; then the store is asked.
const TRIES: usize = 3;

/// The newest messages that this gateway remembers. A clone shares them.
#[derive(Clone)]
pub struct Recents {
    inner: Arc<Inner>,
}

struct Inner {
    config: config::History,
    store: Arc<dyn Store>,
    recent: Arc<dyn Recent>,
    memberships: Memberships,
    watches: Watches,
    held: Cache<ConversationId, Arc<Held>>,
    metrics: metrics::History,
}

/// What a question came to.
struct Held {
    /// When it was asked.
    asked: Instant,
    found: Found,
}

/// A conversation's newest messages; none if there is no such conversation.
type Found = Result<Option<Arc<Shown>>>;

impl Recents {
    /// Nothing is remembered yet.
    pub fn new(ports: &Ports, memberships: Memberships, config: config::History, metrics: metrics::History) -> Self {
        let held = Cache::builder()
            .max_capacity(config.memory_bytes)
            .weigher(|_, held: &Arc<Held>| held.weight())
            .time_to_live(Duration::from_secs(LIFE))
            .build();
        let inner = Inner {
            config,
            store: ports.store.clone(),
            recent: ports.recent.clone(),
            memberships,
            watches: Watches::default(),
            held,
            metrics,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Events of these rooms arrive from now on; the store had come so far afterwards.
    pub fn watch(&self, rooms: &[(ConversationId, Head)]) {
        self.inner.watches.begin(rooms);
    }

    /// Events of a room arrive no longer.
    pub fn unwatch(&self, conversation: ConversationId) {
        self.inner.watches.end(conversation);
    }

    /// The store has come so far.
    pub fn heard(&self, conversation: ConversationId, head: Head) {
        self.inner.watches.heard(conversation, head);
    }

    /// An event has come, in whatever order.
    pub fn heard_event(&self, event: &Event) {
        let head = match &event.body {
            EventBody::Message(message) => Head {
                seq: message.seq,
                change_seq: 0,
            },
            EventBody::Change(change) => Head {
                seq: 0,
                change_seq: change.change_seq,
            },
            _ => return,
        };
        self.heard(event.conversation, head);
    }

    /// How far the store is at least, by what was heard; none of a conversation that is not watched.
    pub(super) fn known(&self, conversation: ConversationId) -> Option<Head> {
        self.inner.watches.of(conversation)
    }

    /// Whether anything is cached.
    pub(super) fn is_on(&self) -> bool {
        self.inner.config.cached
    }

    /// What was asked for was, or was not, among the newest messages.
    pub(super) fn answered(&self, within: bool) {
        self.inner.metrics.answered(within);
    }

    /// The newest messages of a conversation, no older than this call; of one that is watched, than what was heard. None if
    /// there is no such conversation.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn read(&self, conversation: ConversationId) -> Found {
        let (inner, asked) = (&*self.inner, Instant::now());
        if let Some(shown) = inner.remembered(conversation).await {
            return Ok(Some(shown));
        }
        for _ in 0..TRIES {
            let question = inner
                .held
                .entry(conversation)
                .or_insert_with_if(async { Arc::new(inner.ask(conversation).await) }, |held| {
                    held.asked < asked
                });
            let held = question.await.into_value();
            if held.asked >= asked {
                return held.found.clone();
            }
        }
        inner.ask(conversation).await.found
    }
}

impl Inner {
    /// What is in memory, if the shared cache says that it is what it has itself.
    async fn remembered(&self, conversation: ConversationId) -> Option<Arc<Shown>> {
        if self.config.memory_bytes == 0 {
            return None;
        }
        let shown = match self.held.get(&conversation).await {
            Some(held) => held.found.as_ref().ok().cloned().flatten(),
            None => None,
        };
        let confirmed = match &shown {
            Some(shown) => self.confirms(conversation, shown).await,
            None => false,
        };
        self.metrics.memory(match (&shown, confirmed) {
            (None, _) => "miss",
            (Some(_), false) => "behind",
            (Some(_), true) => "hit",
        });
        shown.filter(|_| confirmed)
    }

    /// That the question fails is the cache's own to log.
    async fn confirms(&self, conversation: ConversationId, shown: &Shown) -> bool {
        let known = self.watches.of(conversation).unwrap_or_default();
        reaches(shown.reach.head, known) && self.recent.confirm(conversation, shown.reach).await.unwrap_or(false)
    }

    async fn ask(&self, conversation: ConversationId) -> Held {
        let (asked, known) = (Instant::now(), self.watches.of(conversation));
        let encode = |newest: Newest| {
            let encoded = Shown::new(&newest).map(Arc::new);
            encoded.map_err(|cause| Error::new(ErrorKind::Corrupt, "history.encode", cause))
        };
        let found = self.find(conversation, known).await;
        let found = found.and_then(|newest| newest.map(encode).transpose());
        Held { asked, found }
    }

    async fn find(&self, conversation: ConversationId, known: Option<Head>) -> Result<Option<Newest>> {
        let lease = match self.recall(conversation, known).await {
            Recall::Found(newest) => return Ok(Some(newest)),
            Recall::Leased(lease) => Some(lease),
            Recall::Without => None,
        };
        let newest = self.load(conversation, known).await?;
        if let (Some(lease), Some(newest)) = (lease, &newest) {
            let outcome = match self.recent.fill(conversation, lease, newest).await {
                Ok(true) => "kept",
                Ok(false) => "overtaken",
                Err(_) => "failed",
            };
            self.metrics.fill(outcome);
        }
        Ok(newest)
    }

    /// What the shared cache has. That it fails is its own to log.
    async fn recall(&self, conversation: ConversationId, known: Option<Head>) -> Recall {
        let (outcome, recall) = match self.recent.get(conversation).await {
            Ok(Recalled::Found(newest)) if reaches(newest.head, known.unwrap_or_default()) => {
                ("hit", Recall::Found(newest))
            }
            Ok(Recalled::Found(_)) => {
                // It was not told of what this gateway was told: see law 6 of the port.
                let dropped = self.recent.note(&[Step::Changed(conversation)]).await;
                tracing::debug!(%conversation, dropped = dropped.is_ok(), "a cached history was behind what is known");
                ("stale", Recall::Without)
            }
            Ok(Recalled::Nothing(lease)) => ("miss", Recall::Leased(lease)),
            Err(_) => ("failed", Recall::Without),
        };
        self.metrics.shared(outcome);
        recall
    }

    /// In this order: what is in the head is in the page, and whoever is a member then was one for all of it.
    async fn load(&self, conversation: ConversationId, known: Option<Head>) -> Result<Option<Newest>> {
        let mut head = match known {
            Some(known) => known,
            None => self
                .store
                .heads(&[conversation])
                .await?
                .first()
                .copied()
                .unwrap_or_default(),
        };
        let newest = Range::Before {
            from: 1,
            before: u64::MAX,
        };
        let page = self.store.page(conversation, newest, Newest::MOST).await?;
        let Some(membership) = self.memberships.load(conversation).await? else {
            return Ok(None);
        };
        head.seq = page.messages.last().map_or(head.seq, |last| last.seq.max(head.seq));
        Ok(Some(Newest {
            head,
            membership: membership.changed,
            messages: page.messages.into_iter().map(Arc::new).collect(),
            whole: !page.has_more,
        }))
    }
}

/// What the shared cache says.
enum Recall {
    Found(Newest),
    Leased(Lease),
    Without,
}

impl Held {
    fn weight(&self) -> u32 {
        let shown = self.found.iter().flatten().map(|shown| shown.bytes()).sum::<usize>();
        u32::try_from(size_of::<Self>() + shown).unwrap_or(u32::MAX)
    }
}
