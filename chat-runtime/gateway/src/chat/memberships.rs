//! Who is in which conversation: a bounded memory in front of what gateways share, and that in front of the store. It never goes back
//! in time.

use std::sync::Arc;

use moka::sync::Cache;
use talkline_core::{
    Error, ErrorKind, Result,
    event::{Event, EventBody},
    id::ConversationId,
    offset::Offset,
    port::{Lease, Membership, Recalled, Recent, Store},
};

use crate::metrics;

/// The memberships that this gateway remembers. A clone shares them.
#[derive(Clone)]
pub struct Memberships {
    store: Arc<dyn Store>,
    shared: Arc<dyn Recent>,
    known: Cache<ConversationId, Arc<Membership>>,
    metrics: metrics::Memberships,
}

impl Memberships {
    /// Remembers conversations with `capacity` members in all. `metrics` say how much that helps.
    pub fn new(store: Arc<dyn Store>, shared: Arc<dyn Recent>, capacity: u64, metrics: metrics::Memberships) -> Self {
        let known = Cache::builder()
            .max_capacity(capacity)
            .weigher(|_, membership: &Arc<Membership>| {
                u32::try_from(membership.members.len())
                    .unwrap_or(u32::MAX)
                    .saturating_add(1)
            })
            .build();
        Self {
            store,
            shared,
            known,
            metrics,
        }
    }

    /// What is remembered: true once, perhaps not any more.
    pub fn remembered(&self, conversation: ConversationId) -> Option<Arc<Membership>> {
        self.known.get(&conversation)
    }

    /// What is remembered, if it includes the change at `offset`.
    pub fn remembered_at(&self, conversation: ConversationId, offset: Offset) -> Option<Arc<Membership>> {
        self.remembered(conversation).filter(|known| known.changed >= offset)
    }

    /// An event that is not in the log, with the newest change of membership that is known here: gateways that know an
    /// older one look again before they deliver it.
    pub fn passing(&self, conversation: ConversationId, body: EventBody) -> Event {
        let membership = self
            .remembered(conversation)
            .map_or(Offset::ZERO, |known| known.changed);
        Event::new(conversation, Offset::ZERO, membership, body)
    }

    /// What is remembered, or else what gateways share or the store says.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn get(&self, conversation: ConversationId) -> Result<Option<Arc<Membership>>> {
        match self.remembered(conversation) {
            Some(known) => {
                self.metrics.memory.inc();
                Ok(Some(known))
            }
            None => self.find(conversation, Offset::ZERO).await,
        }
    }

    /// The membership with the change at `offset` in it.
    ///
    /// # Errors
    /// Those of the store; [`ErrorKind::Unavailable`] if it has not come to that change yet.
    pub async fn at_least(&self, conversation: ConversationId, offset: Offset) -> Result<Arc<Membership>> {
        if let Some(known) = self.remembered_at(conversation, offset) {
            self.metrics.memory.inc();
            return Ok(known);
        }
        let found = self.find(conversation, offset).await?;
        found.filter(|membership| membership.changed >= offset).ok_or_else(|| {
            let cause = format!("the membership of {conversation} is behind {offset}");
            Error::new(ErrorKind::Unavailable, "memberships.at_least", cause)
        })
    }

    /// What the store says now; `None` if the conversation does not exist.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn load(&self, conversation: ConversationId) -> Result<Option<Arc<Membership>>> {
        self.metrics.store.inc();
        let loaded = self.store.membership(conversation).await?;
        Ok(loaded.map(|loaded| self.keep(Arc::new(loaded))))
    }

    /// What gateways share, if the change at `offset` is in it; else what the store says, for them to share.
    async fn find(&self, conversation: ConversationId, offset: Offset) -> Result<Option<Arc<Membership>>> {
        match self.shared.membership(conversation).await {
            Ok(Recalled::Found(shared)) if shared.changed >= offset => {
                self.metrics.shared.inc();
                Ok(Some(self.keep(shared)))
            }
            Ok(Recalled::Nothing(lease)) => self.bring(conversation, lease).await,
            Ok(Recalled::Found(_)) => self.load(conversation).await,
            Err(error) => {
                tracing::debug!(%error, "what gateways share is out of reach: the store is asked");
                self.load(conversation).await
            }
        }
    }

    async fn bring(&self, conversation: ConversationId, lease: Lease) -> Result<Option<Arc<Membership>>> {
        let loaded = self.load(conversation).await?;
        if let Some(membership) = &loaded
            && let Err(error) = self.shared.fill_membership(lease, membership).await
        {
            tracing::debug!(%error, "others will have to ask the store, too");
        }
        Ok(loaded)
    }

    /// Remembers it. Two can overtake each other: the one that saw the later change wins.
    fn keep(&self, found: Arc<Membership>) -> Arc<Membership> {
        let entry = self.known.entry(found.id).and_upsert_with(|known| match known {
            Some(known) if known.value().changed > found.changed => known.into_value(),
            _ => found,
        });
        entry.into_value()
    }
}
