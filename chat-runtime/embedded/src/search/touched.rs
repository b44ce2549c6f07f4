//! What the store tells the index: which conversations were written to. Telling never waits.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use talkline_core::id::ConversationId;
use tokio::sync::Notify;

/// The most conversations that are remembered one by one.
const MOST: usize = 10_000;

/// The conversations that were written to since the index looked.
pub(crate) struct Touched {
    state: Mutex<State>,
    told: Notify,
}

struct State {
    conversations: HashSet<ConversationId>,
    /// There were too many to remember: all must be looked at.
    all: bool,
}

impl Touched {
    /// Nothing is known yet: all must be looked at.
    pub(crate) fn new() -> Self {
        let state = State {
            conversations: HashSet::new(),
            all: true,
        };
        Self {
            state: Mutex::new(state),
            told: Notify::new(),
        }
    }

    /// These were, or may have been, written to.
    pub(crate) fn note(&self, conversations: impl IntoIterator<Item = ConversationId>) {
        let mut state = self.state();
        for conversation in conversations {
            if state.conversations.len() < MOST {
                state.conversations.insert(conversation);
            } else if !state.conversations.contains(&conversation) {
                state.all = true;
            }
        }
        if !state.conversations.is_empty() {
            self.told.notify_one();
        }
    }

    /// Takes some, up to `most`.
    pub(super) fn take(&self, most: usize) -> Vec<ConversationId> {
        let mut state = self.state();
        let some: Vec<_> = state.conversations.iter().take(most).copied().collect();
        for conversation in &some {
            state.conversations.remove(conversation);
        }
        some
    }

    /// Whether all must be looked at; says so once.
    pub(super) fn take_all(&self) -> bool {
        std::mem::take(&mut self.state().all)
    }

    /// Returns when something was noted since it last returned.
    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ConversationId {
        ConversationId::from_bytes((number as u128).to_be_bytes())
    }

    #[tokio::test]
    async fn each_is_told_once() {
        let touched = Touched::new();
        assert!(touched.take_all() && !touched.take_all());
        touched.note([id(1), id(2), id(1)]);
        touched.told().await;
        let mut taken = touched.take(1);
        assert_eq!(taken.len(), 1);
        taken.extend(touched.take(10));
        taken.sort_unstable();
        assert_eq!((taken, touched.take(10)), (vec![id(1), id(2)], vec![]));
    }

    #[test]
    fn too_many_are_all() {
        let touched = Touched::new();
        touched.take_all();
        touched.note((0..MOST).map(id));
        touched.note([id(0)]);
        assert!(!touched.take_all());
        touched.note([id(MOST)]);
        assert!(touched.take_all());
        assert_eq!(touched.take(usize::MAX).len(), MOST);
    }
}
