//! One user's messages between the intention and the answer: waiting, on their way, or put off.
//!
//! A message stays here until it is acknowledged or refused, over any number of connections; it is retried under the
//! same name. Times are µs of the run's clock.

use std::collections::{BTreeMap, VecDeque};

/// Past this many messages without an answer, a user's further ones are given up: 10,000.
const LIMIT: usize = 10_000;

/// A message to write now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Send {
    /// The sender's count of it.
    pub(super) number: usize,
    /// Whether it was written before.
    pub(super) again: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<usize>,
    /// By number: when it was written.
    flying: BTreeMap<usize, u64>,
    /// When to try again, and what.
    put_off: Vec<(u64, usize)>,
    /// Numbers from here on were never written.
    fresh: usize,
}

impl Outbox {
    /// Whether a further message would be too many.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() + self.flying.len() + self.put_off.len() >= LIMIT
    }

    /// A new message; numbers ascend.
    pub(super) fn push(&mut self, number: usize) {
        self.waiting.push_back(number);
    }

    /// The next message to write.
    pub(super) fn take(&mut self, now: u64) -> Option<Send> {
        let number = self.waiting.pop_front()?;
        let again = number < self.fresh;
        self.fresh = self.fresh.max(number + 1);
        self.flying.insert(number, now);
        Some(Send { number, again })
    }

    /// The message was answered for good.
    pub(super) fn settle(&mut self, number: usize) {
        if self.flying.remove(&number).is_none() {
            self.waiting.retain(|waiting| *waiting != number);
            self.put_off.retain(|(_, put_off)| *put_off != number);
        }
    }

    /// The server asked to try later.
    pub(super) fn put_off(&mut self, number: usize, until: u64) {
        if self.flying.remove(&number).is_some() {
            self.put_off.push((until, number));
        }
    }

    /// Makes ready again what has been on its way for longer than `patience`, and what was put off until now.
    pub(super) fn revive(&mut self, now: u64, patience: u64) {
        let due = |since: u64| since.saturating_add(patience) <= now;
        let overdue = self
            .flying
            .iter()
            .filter(|(_, since)| due(**since))
            .map(|(number, _)| *number);
        let ready: Vec<usize> = overdue
            .chain(self.put_off.iter().filter(|(at, _)| *at <= now).map(|put| put.1))
            .collect();
        self.put_off.retain(|(until, _)| *until > now);
        for number in ready.iter().rev() {
            self.flying.remove(number);
            self.waiting.push_front(*number);
        }
    }

    /// The connection is gone, and with it every answer that was still to come.
    pub(super) fn connection_lost(&mut self) {
        while let Some((number, _)) = self.flying.pop_last() {
            self.waiting.push_front(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(outbox: &mut Outbox, now: u64) -> Vec<(usize, bool)> {
        std::iter::from_fn(|| outbox.take(now))
            .map(|send| (send.number, send.again))
            .collect()
    }

    #[test]
    fn unanswered_messages_are_written_again_after_a_lost_connection_and_answered_ones_are_not() {
        let mut outbox = Outbox::default();
        (0..4).for_each(|number| outbox.push(number));
        assert_eq!(drain(&mut outbox, 5), [(0, false), (1, false), (2, false), (3, false)]);
        outbox.settle(1);
        outbox.connection_lost();
        outbox.push(4);
        outbox.settle(2);
        assert_eq!(drain(&mut outbox, 6), [(0, true), (3, true), (4, false)]);
    }

    #[test]
    fn what_is_overdue_or_was_put_off_becomes_ready_at_its_time() {
        let mut outbox = Outbox::default();
        (0..3).for_each(|number| outbox.push(number));
        assert_eq!(
            outbox.take(10),
            Some(Send {
                number: 0,
                again: false
            })
        );
        assert_eq!(
            outbox.take(20),
            Some(Send {
                number: 1,
                again: false
            })
        );
        assert_eq!(
            outbox.take(20),
            Some(Send {
                number: 2,
                again: false
            })
        );
        outbox.put_off(2, 500);
        outbox.revive(109, 100);
        assert_eq!(drain(&mut outbox, 109), []);
        outbox.revive(110, 100);
        assert_eq!(drain(&mut outbox, 110), [(0, true)]);
        outbox.revive(500, 1_000);
        assert_eq!(drain(&mut outbox, 500), [(2, true)]);
    }

    #[test]
    fn it_is_full_at_its_bound_whatever_state_the_messages_are_in() {
        let mut outbox = Outbox::default();
        (0..LIMIT).for_each(|number| outbox.push(number));
        outbox.take(0);
        outbox.put_off(0, 9);
        outbox.take(0);
        assert!(outbox.is_full());
        outbox.settle(0);
        assert!(!outbox.is_full());
    }
}
