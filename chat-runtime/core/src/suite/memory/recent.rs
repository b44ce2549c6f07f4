//! The cache of newest messages in memory: nothing is forgotten until it must be.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    error::Result,
    id::ConversationId,
    port::{Lease, MOST_MEMBERS, Membership, Newest, Reach, Recalled, Recent, Step},
};

/// The cache in memory.
#[derive(Default)]
pub struct MemoryRecent {
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    lists: Shelf<Newest>,
    memberships: Shelf<Arc<Membership>>,
}

/// What is known of conversations, and who may bring what is not.
struct Shelf<T> {
    known: HashMap<ConversationId, Recalled<T>>,
    leases: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            leases: 0,
        }
    }
}

impl<T: Clone + PartialEq> Shelf<T> {
    fn get(&mut self, conversation: ConversationId) -> Recalled<T> {
        let known = self.known.entry(conversation).or_insert_with(|| {
            self.leases += 1;
            Recalled::Nothing(Lease(self.leases))
        });
        known.clone()
    }

    fn fill(&mut self, conversation: ConversationId, lease: Lease, what: T) -> bool {
        let leased = self.known.get_mut(&conversation);
        let leased = leased.filter(|known| **known == Recalled::Nothing(lease));
        leased.map(|known| *known = Recalled::Found(what)).is_some()
    }
}

impl MemoryRecent {
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Recent for MemoryRecent {
    async fn get(&self, conversation: ConversationId) -> Result<Recalled> {
        Ok(self.slots().lists.get(conversation))
    }

    async fn confirm(&self, conversation: ConversationId, reach: Reach) -> Result<bool> {
        let slots = self.slots();
        let known = slots.lists.known.get(&conversation);
        Ok(matches!(known, Some(Recalled::Found(newest)) if newest.reach() == reach))
    }

    async fn fill(&self, conversation: ConversationId, lease: Lease, newest: &Newest) -> Result<bool> {
        Ok(self.slots().lists.fill(conversation, lease, newest.clone()))
    }

    async fn membership(&self, conversation: ConversationId) -> Result<Recalled<Arc<Membership>>> {
        Ok(self.slots().memberships.get(conversation))
    }

    async fn fill_membership(&self, lease: Lease, membership: &Arc<Membership>) -> Result<bool> {
        let fits = membership.members.len() <= MOST_MEMBERS;
        Ok(fits && self.slots().memberships.fill(membership.id, lease, membership.clone()))
    }

    async fn note(&self, steps: &[Step]) -> Result<()> {
        let slots = &mut *self.slots();
        for step in steps {
            let id = step.conversation();
            let goes_on = match (slots.lists.known.get_mut(&id), step) {
                (
                    Some(Recalled::Found(newest)),
                    Step::Added {
                        change_seq, messages, ..
                    },
                ) => newest.append(*change_seq, messages),
                _ => false,
            };
            if !goes_on {
                slots.lists.known.remove(&id);
            }
            if matches!(step, Step::Changed(_)) {
                slots.memberships.known.remove(&id);
            }
        }
        Ok(())
    }
}
