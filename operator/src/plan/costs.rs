//! Which table of unit costs a plan counts with, and what stands in none of them.

use talkline_costs::{Table, editions};

/// Which table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edition {
    /// Of the night before 26 November 2026, and of the days before that.
    First,
    /// Of 26 November 2026, at noon.
    #[default]
    Second,
}

impl Edition {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 2] = [Self::First, Self::Second];

    /// Its table.
    pub(super) fn costs(self) -> &'static Table {
        &editions()[self as usize]
    }

    /// The word for it in an annotation.
    pub(crate) fn word(self) -> String {
        (self as usize + 1).to_string()
    }

    /// What an annotation says; the newest where it is of an operator that knows more.
    pub(crate) fn read(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|edition| edition.word() == word).unwrap_or_default()
    }
}

/// A gateway's memory without sockets. Not measured yet: a reserve.
pub(super) const GATEWAY_BASE: u64 = 128 << 20;

/// A worker's memory: batches and remembered conversations. Not measured yet: a reserve.
pub(super) const WORKER_BASE: u64 = 256 << 20;
