//! What this gateway hears of: the conversations whose events reach it, and the newest numbers that it knows of in each.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use talkline_core::{id::ConversationId, port::Head};

/// See the module.
#[derive(Default)]
pub(super) struct Watches {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    watches: HashMap<ConversationId, Watch>,
    begun: u64,
}

/// A time in which a conversation was listened to without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watch {
    /// No other has it.
    pub(super) number: u64,
    /// The store is as far at least.
    pub(super) known: Head,
}

impl Watches {
    /// Events arrive from now on; the store had come so far afterwards.
    pub(super) fn begin(&self, rooms: &[(ConversationId, Head)]) {
        let mut state = self.state();
        for (conversation, known) in rooms {
            let watch = state.next(*known);
            state.watches.insert(*conversation, watch);
        }
    }

    /// Events arrive no longer.
    pub(super) fn end(&self, conversation: ConversationId) {
        self.state().watches.remove(&conversation);
    }

    /// The store has come so far.
    pub(super) fn heard(&self, conversation: ConversationId, head: Head) {
        if let Some(watch) = self.state().watches.get_mut(&conversation) {
            watch.known.seq = watch.known.seq.max(head.seq);
            watch.known.change_seq = watch.known.change_seq.max(head.change_seq);
        }
    }

    /// Something was not heard, and nobody knows what: all begin anew.
    pub(super) fn lost(&self) {
        let state = &mut *self.state();
        for watch in state.watches.values_mut() {
            state.begun += 1;
            watch.number = state.begun;
        }
    }

    /// The watch that is on.
    pub(super) fn of(&self, conversation: ConversationId) -> Option<Watch> {
        self.state().watches.get(&conversation).copied()
    }

    /// Whether this watch is on still, and nothing beyond `head` was heard.
    pub(super) fn holds(&self, conversation: ConversationId, number: u64, head: Head) -> bool {
        let watch = self.of(conversation);
        watch.is_some_and(|watch| watch.number == number && reaches(head, watch.known))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self, known: Head) -> Watch {
        self.begun += 1;
        Watch {
            number: self.begun,
            known,
        }
    }
}

/// Whether `head` is as far as `known`.
pub(super) fn reaches(head: Head, known: Head) -> bool {
    head.seq >= known.seq && head.change_seq >= known.change_seq
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: ConversationId = ConversationId::from_bytes([1; 16]);

    fn head(seq: u64, change_seq: u64) -> Head {
        Head { seq, change_seq }
    }

    #[test]
    fn what_was_heard_decides_and_a_break_ends_it() {
        let watches = Watches::default();
        watches.heard(ROOM, head(9, 9));
        assert_eq!(watches.of(ROOM), None, "nobody listens");
        watches.begin(&[(ROOM, head(3, 2))]);
        let number = watches.of(ROOM).unwrap().number;
        let holds = |head| watches.holds(ROOM, number, head);
        assert!(holds(head(3, 2)) && holds(head(4, 2)) && !holds(head(2, 2)) && !holds(head(3, 1)));
        watches.heard(ROOM, head(4, 0));
        watches.heard(ROOM, head(1, 1));
        assert!(holds(head(4, 2)) && !holds(head(3, 2)));
        watches.heard(ROOM, head(0, 3));
        assert!(holds(head(4, 3)) && !holds(head(4, 2)));
        for stop in [
            |watches: &Watches| watches.lost(),
            |watches: &Watches| watches.end(ROOM),
        ] {
            let number = watches.of(ROOM).unwrap().number;
            stop(&watches);
            assert!(!watches.holds(ROOM, number, head(99, 99)));
        }
    }
}
