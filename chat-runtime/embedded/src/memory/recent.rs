//! The newest messages of conversations that somebody reads, within one process. Its only gateway remembers memberships itself.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use moka::{
    ops::compute::Op,
    sync::{Cache, CacheBuilder},
};
use talkline_core::{
    Result,
    id::ConversationId,
    message::Message,
    port::{LEASE, LIFE, Lease, Membership, Newest, Reach, Recalled, Recent, Step},
};
use tokio::time::Instant;

/// Messages kept, over all conversations.
const MOST_MESSAGES: u64 = 50_000;

/// The lists and leases. The clock is tokio's, which tests can pause.
pub(crate) struct MemoryRecent {
    slots: Cache<ConversationId, Slot>,
}

#[derive(Clone)]
struct Slot {
    until: Instant,
    what: What,
}

#[derive(Clone)]
enum What {
    Leased(Lease),
    Kept(Arc<Newest>),
}

impl MemoryRecent {
    pub(crate) fn new() -> Self {
        let slots = CacheBuilder::new(MOST_MESSAGES)
            .weigher(|_, slot: &Slot| slot.weight())
            .time_to_live(Duration::from_secs(LIFE))
            .build();
        Self { slots }
    }

    fn append(&self, id: ConversationId, change_seq: u64, messages: &[Arc<Message>]) {
        self.slots
            .entry(id)
            .and_compute_with(|slot| match slot.map(moka::Entry::into_value) {
                None => Op::Nop,
                Some(slot) => slot.append(change_seq, messages).map_or(Op::Remove, Op::Put),
            });
    }
}

#[async_trait]
impl Recent for MemoryRecent {
    async fn get(&self, conversation: ConversationId) -> Result<Recalled> {
        if let Some(found) = self.slots.get(&conversation).and_then(Slot::alive) {
            return Ok(found.recalled());
        }
        let entry = self.slots.entry(conversation).and_upsert_with(|slot| {
            let alive = slot.and_then(|slot| slot.into_value().alive());
            alive.unwrap_or_else(Slot::leased)
        });
        Ok(entry.into_value().recalled())
    }

    async fn confirm(&self, conversation: ConversationId, reach: Reach) -> Result<bool> {
        let slot = self.slots.get(&conversation).and_then(Slot::alive);
        Ok(slot.is_some_and(|slot| matches!(slot.what, What::Kept(newest) if newest.reach() == reach)))
    }

    async fn fill(&self, conversation: ConversationId, lease: Lease, newest: &Newest) -> Result<bool> {
        let mut kept = false;
        self.slots.entry(conversation).and_compute_with(|slot| {
            kept = slot.is_some_and(|slot| slot.into_value().holds(lease));
            match kept {
                true => Op::Put(Slot::kept(newest)),
                false => Op::Nop,
            }
        });
        Ok(kept)
    }

    async fn membership(&self, _: ConversationId) -> Result<Recalled<Arc<Membership>>> {
        Ok(Recalled::Nothing(Lease(0)))
    }

    async fn fill_membership(&self, _: Lease, _: &Arc<Membership>) -> Result<bool> {
        Ok(false)
    }

    async fn note(&self, steps: &[Step]) -> Result<()> {
        for step in steps {
            match step {
                Step::Changed(id) => self.slots.invalidate(id),
                Step::Added {
                    conversation,
                    change_seq,
                    messages,
                } if self.slots.contains_key(conversation) => self.append(*conversation, *change_seq, messages),
                Step::Added { .. } => {}
            }
        }
        Ok(())
    }
}

impl Slot {
    fn leased() -> Self {
        Self {
            until: Instant::now() + Duration::from_secs(LEASE),
            what: What::Leased(Lease(rand::random())),
        }
    }

    fn kept(newest: &Newest) -> Self {
        Self {
            until: Instant::now() + Duration::from_secs(LIFE),
            what: What::Kept(Arc::new(newest.clone())),
        }
    }

    fn alive(self) -> Option<Self> {
        (self.until > Instant::now()).then_some(self)
    }

    fn holds(self, lease: Lease) -> bool {
        let alive = self.alive();
        alive.is_some_and(|slot| matches!(slot.what, What::Leased(known) if known == lease))
    }

    /// The slot after messages came; none if that ends it.
    fn append(mut self, change_seq: u64, messages: &[Arc<Message>]) -> Option<Self> {
        match &mut self.what {
            What::Kept(newest) => Arc::make_mut(newest).append(change_seq, messages).then_some(self),
            What::Leased(_) => None,
        }
    }

    fn recalled(self) -> Recalled {
        match self.what {
            What::Leased(lease) => Recalled::Nothing(lease),
            What::Kept(newest) => Recalled::Found(Arc::unwrap_or_clone(newest)),
        }
    }

    fn weight(&self) -> u32 {
        match &self.what {
            What::Leased(_) => 1,
            What::Kept(newest) => 1 + newest.messages.len() as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use talkline_core::{offset::Offset, port::Head};

    use super::*;

    fn empty() -> Newest {
        Newest {
            head: Head::default(),
            membership: Offset::ZERO,
            messages: Default::default(),
            whole: true,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_and_a_list_end_in_time() {
        let (recent, id) = (MemoryRecent::new(), ConversationId::from_bytes([1; 16]));
        let Recalled::Nothing(lease) = recent.get(id).await.unwrap() else {
            panic!("there is a list");
        };
        assert_eq!(recent.get(id).await.unwrap(), Recalled::Nothing(lease), "one at a time");
        tokio::time::advance(Duration::from_secs(LEASE)).await;
        assert!(!recent.fill(id, lease, &empty()).await.unwrap(), "a lease for ever");
        let Recalled::Nothing(lease) = recent.get(id).await.unwrap() else {
            panic!("there is a list");
        };
        assert!(recent.fill(id, lease, &empty()).await.unwrap());
        tokio::time::advance(Duration::from_secs(LIFE - 1)).await;
        assert_eq!(recent.get(id).await.unwrap(), Recalled::Found(empty()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(matches!(recent.get(id).await.unwrap(), Recalled::Nothing(_)));
    }
}
