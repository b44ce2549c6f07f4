//! How often the server breaks the contract. Each fault is committed exactly that often, spread over the first messages.

use std::time::Duration;

/// Faults still to commit.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Faults {
    /// Messages acknowledged and never stored.
    pub(crate) lose: u64,
    /// Deliveries pushed twice.
    pub(crate) duplicate: u64,
    /// Deliveries pushed after the next one.
    pub(crate) reorder: u64,
    /// Deliveries not pushed; `chat:sync` has them, so this keeps the contract.
    pub(crate) skip: u64,
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
}

impl Faults {
    /// The fate of the message with that count: nothing happens to most of them, so that faults do not meet.
    pub(crate) fn fate(&mut self, message: usize) -> Fate {
        if message % 5 != 4 {
            return Fate::Fine;
        }
        let table = [
            (&mut self.lose, Fate::Lost),
            (&mut self.duplicate, Fate::Duplicated),
            (&mut self.reorder, Fate::Reordered),
            (&mut self.skip, Fate::Skipped),
        ];
        for (left, fate) in table {
            if spend(left) {
                return fate;
            }
        }
        Fate::Fine
    }
}
