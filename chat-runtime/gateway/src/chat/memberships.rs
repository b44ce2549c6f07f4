//! Who is in which conversation: a bounded memory in front of the store, which never goes back in time.

use std::sync::Arc;

use moka::sync::Cache;
use talkline_core::{
    Error, ErrorKind, Result,
    event::{Event, EventBody},
    id::ConversationId,
    offset::Offset,
    port::{Membership, Store},
};

/// The memberships that this gateway remembers. A clone shares them.
#[derive(Clone)]
pub struct Memberships {
    store: Arc<dyn Store>,
    known: Cache<ConversationId, Arc<Membership>>,
}

impl Memberships {
    /// Remembers conversations with `capacity` members in all.
    pub fn new(store: Arc<dyn Store>, capacity: u64) -> Self {
        let known = Cache::builder()
            .max_capacity(capacity)
            .weigher(|_, membership: &Arc<Membership>| {
                u32::try_from(membership.members.len())
                    .unwrap_or(u32::MAX)
                    .saturating_add(1)
            })
            .build();
        Self { store, known }
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

    /// What is remembered, or else what the store says.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn get(&self, conversation: ConversationId) -> Result<Option<Arc<Membership>>> {
        match self.remembered(conversation) {
            Some(known) => Ok(Some(known)),
            None => self.load(conversation).await,
        }
    }

    /// The membership with the change at `offset` in it.
    ///
    /// # Errors
    /// Those of the store; [`ErrorKind::Unavailable`] if it has not come to that change yet.
    pub async fn at_least(&self, conversation: ConversationId, offset: Offset) -> Result<Arc<Membership>> {
        if let Some(known) = self.remembered_at(conversation, offset) {
            return Ok(known);
        }
        let loaded = self.load(conversation).await?;
        loaded.filter(|membership| membership.changed >= offset).ok_or_else(|| {
            let cause = format!("the membership of {conversation} is behind {offset}");
            Error::new(ErrorKind::Unavailable, "memberships.at_least", cause)
        })
    }

    /// What the store says now; `None` if the conversation does not exist.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn load(&self, conversation: ConversationId) -> Result<Option<Arc<Membership>>> {
        let Some(loaded) = self.store.membership(conversation).await? else {
            return Ok(None);
        };
        let loaded = Arc::new(loaded);
        // Two loads can overtake each other: the one that saw the later change wins.
        let entry = self.known.entry(conversation).and_upsert_with(|known| match known {
            Some(known) if known.value().changed > loaded.changed => known.into_value(),
            _ => loaded,
        });
        Ok(Some(entry.into_value()))
    }
}
