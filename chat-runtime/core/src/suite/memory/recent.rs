//! The cache of newest messages in memory: nothing is forgotten until it must be.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    error::Result,
    id::ConversationId,
    port::{Lease, Newest, Reach, Recalled, Recent, Step},
};

/// The cache in memory.
#[derive(Default)]
pub struct MemoryRecent {
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    known: HashMap<ConversationId, Recalled>,
    leases: u64,
}

impl MemoryRecent {
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Recent for MemoryRecent {
    async fn get(&self, conversation: ConversationId) -> Result<Recalled> {
        let slots = &mut *self.slots();
        let known = slots.known.entry(conversation).or_insert_with(|| {
            slots.leases += 1;
            Recalled::Nothing(Lease(slots.leases))
        });
        Ok(known.clone())
    }

    async fn confirm(&self, conversation: ConversationId, reach: Reach) -> Result<bool> {
        let slots = self.slots();
        let known = slots.known.get(&conversation);
        Ok(matches!(known, Some(Recalled::Newest(newest)) if newest.reach() == reach))
    }

    async fn fill(&self, conversation: ConversationId, lease: Lease, newest: &Newest) -> Result<bool> {
        let slots = &mut *self.slots();
        let leased = slots.known.get_mut(&conversation);
        let leased = leased.filter(|known| **known == Recalled::Nothing(lease));
        Ok(leased.map(|known| *known = Recalled::Newest(newest.clone())).is_some())
    }

    async fn note(&self, steps: &[Step]) -> Result<()> {
        let slots = &mut *self.slots();
        for step in steps {
            let id = step.conversation();
            let goes_on = match (slots.known.get_mut(&id), step) {
                (
                    Some(Recalled::Newest(newest)),
                    Step::Added {
                        change_seq, messages, ..
                    },
                ) => newest.append(*change_seq, messages),
                _ => false,
            };
            if !goes_on {
                slots.known.remove(&id);
            }
        }
        Ok(())
    }
}
