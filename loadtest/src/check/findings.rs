//! What the checker found, in numbers that a test can compare and a report can print.

use serde::{Deserialize, Serialize};

/// Broken guarantees, each counted exactly.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Findings {
    /// Messages that were acknowledged, and are not in the history.
    pub lost: u64,
    /// Deliveries missing at the end: in the history, but a member got the message neither live nor by `chat:sync`.
    pub undelivered: u64,
    /// Deliveries that came twice over one connection, and messages stored again under another `seq`.
    pub duplicated: u64,
    /// Deliveries that came after one with a higher `seq` over the same connection.
    pub reordered: u64,
    /// Sequence numbers under which two members, or a member and the history, saw different messages.
    pub conflicting: u64,
    /// Sequence numbers below the head that the history leaves out.
    pub holes: u64,
    /// Acknowledgements that gave a message another id than before.
    pub renamed: u64,
    /// Sends that were neither acknowledged nor refused before the deadline.
    pub unanswered: u64,
}

impl Findings {
    /// Whether every guarantee held.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// Each kind by name, for tables and sums.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 8] {
        [
            ("lost", self.lost),
            ("undelivered", self.undelivered),
            ("duplicated", self.duplicated),
            ("reordered", self.reordered),
            ("conflicting", self.conflicting),
            ("holes", self.holes),
            ("renamed", self.renamed),
            ("unanswered", self.unanswered),
        ]
    }
}

impl std::ops::AddAssign for Findings {
    fn add_assign(&mut self, other: Self) {
        self.lost += other.lost;
        self.undelivered += other.undelivered;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.conflicting += other.conflicting;
        self.holes += other.holes;
        self.renamed += other.renamed;
        self.unanswered += other.unanswered;
    }
}
