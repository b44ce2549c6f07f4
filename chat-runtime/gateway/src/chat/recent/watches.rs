//! What this gateway hears of: the newest numbers that it knows of in each conversation whose events reach it. Whatever is
//! cached must have come as far.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use talkline_core::{id::ConversationId, port::Head};

/// See the module.
#[derive(Default)]
pub(super) struct Watches {
    known: Mutex<HashMap<ConversationId, Head>>,
}

impl Watches {
    /// Events arrive from now on; the store had come so far afterwards.
    pub(super) fn begin(&self, rooms: &[(ConversationId, Head)]) {
        self.known().extend(rooms.iter().copied());
    }

    /// Events arrive no longer.
    pub(super) fn end(&self, conversation: ConversationId) {
        self.known().remove(&conversation);
    }

    /// The store has come so far.
    pub(super) fn heard(&self, conversation: ConversationId, head: Head) {
        if let Some(known) = self.known().get_mut(&conversation) {
            known.seq = known.seq.max(head.seq);
            known.change_seq = known.change_seq.max(head.change_seq);
        }
    }

    /// How far the store is at least; none of a conversation that nobody listens to.
    pub(super) fn of(&self, conversation: ConversationId) -> Option<Head> {
        self.known().get(&conversation).copied()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ConversationId, Head>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn what_is_listened_to_is_known_as_far_as_anybody_said() {
        let watches = Watches::default();
        watches.heard(ROOM, head(9, 9));
        assert_eq!(watches.of(ROOM), None, "nobody listens");
        watches.begin(&[(ROOM, head(3, 2))]);
        for (heard, known) in [
            (head(4, 0), head(4, 2)),
            (head(1, 1), head(4, 2)),
            (head(0, 3), head(4, 3)),
        ] {
            watches.heard(ROOM, heard);
            assert_eq!(watches.of(ROOM), Some(known));
        }
        watches.end(ROOM);
        assert_eq!(watches.of(ROOM), None);
    }

    #[test]
    fn a_head_reaches_what_is_not_beyond_it_in_either_number() {
        for (known, expected) in [
            (head(3, 2), true),
            (head(2, 2), true),
            (head(4, 1), false),
            (head(1, 3), false),
        ] {
            assert_eq!(reaches(head(3, 2), known), expected, "{known:?}");
        }
    }
}
