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
            if *left > 0 {
                *left -= 1;
                return fate;
            }
        }
        Fate::Fine
    }
}
