//! How often the server breaks the contract. Each fault is committed exactly that often, spread over the first messages.

use std::time::Duration;

/// Faults still to commit.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Faults {
    /// Messages acknowledged and never stored.
    pub(crate) lose: u64,
    /// The one message of this count, acknowledged and never stored.
    pub(crate) lose_at: Option<usize>,
    /// Deliveries pushed twice.
    pub(crate) duplicate: u64,
    /// Deliveries pushed after the next one.
    pub(crate) reorder: u64,
    /// Deliveries not pushed; `chat:sync` has them, so this keeps the contract.
    pub(crate) skip: u64,
    /// Deliveries pushed also to somebody who is no member.
    pub(crate) misdirect: u64,
    /// Of each hundred acknowledgements so many take so many ms; deliveries do not wait for them.
    pub(crate) slow: Option<[(usize, u64); 3]>,
    /// Acknowledges no more than so many messages a second, in their order; deliveries do not wait for that.
    pub(crate) capacity: Option<u32>,
    /// Stops everything once, for that long.
    pub(crate) stall: Option<Duration>,
    /// Registrations answered by 429 first, which keeps the contract.
    pub(crate) busy: u64,
    /// Sends answered by `RATE_LIMITED` first, which keeps the contract.
    pub(crate) limit: u64,
    /// Lets every access token expire once, after that many messages, which keeps the contract.
    pub(crate) expire_after: Option<usize>,
}

/// Takes one off; `false` when there is none left.
pub(crate) fn spend(left: &mut u64) -> bool {
    let some = *left > 0;
    *left = left.saturating_sub(1);
    some
}

/// What happens to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Fine,
    Lost,
    Duplicated,
    Reordered,
    Skipped,
    Misdirected,
}

impl Faults {
    /// How long the acknowledgement of the message with that count takes, if it is told to take time.
    pub(crate) fn delay(&self, message: usize) -> Option<Duration> {
        let mut place = message % 100;
        let found = self
            .slow?
            .into_iter()
            .find(|(count, _)| match place.checked_sub(*count) {
                None => true,
                Some(left) => {
                    place = left;
                    false
                }
            });
        found.map(|(_, millis)| Duration::from_millis(millis))
    }

    /// The fate of the message with that count: nothing happens to most of them, so that faults do not meet.
    pub(crate) fn fate(&mut self, message: usize) -> Fate {
        if self.lose_at == Some(message) {
            return Fate::Lost;
        }
        if message % 5 != 4 {
            return Fate::Fine;
        }
        let table = [
            (&mut self.lose, Fate::Lost),
            (&mut self.duplicate, Fate::Duplicated),
            (&mut self.reorder, Fate::Reordered),
            (&mut self.skip, Fate::Skipped),
            (&mut self.misdirect, Fate::Misdirected),
        ];
        for (left, fate) in table {
            if spend(left) {
                return fate;
            }
        }
        Fate::Fine
    }
}
