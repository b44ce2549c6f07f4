//! What servers must hold before a chat runs on them, looked at and set right from outside, by whoever looks after many
//! chats: topics and their settings, collections and their indexes, what Redis may forget.
//!
//! Programs that run a chat need none of this: they make what is missing when they start. What each server must hold is
//! said once, where that is done.

/// How far one may go with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing is changed.
    Observe,
    /// What is missing is made.
    Make,
    /// What is missing is made, and what differs is set right.
    Mend,
}

/// What a look at a server came to: sentences without a full stop. All of them empty is as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was made or set right just now.
    pub done: Vec<String>,
    /// What differs, and loses nothing when it is set right.
    pub drift: Vec<String>,
    /// What differs and is left alone under every policy: to set it right would destroy or reorder data, or is not in a
    /// client's power. Each says what a person can do.
    pub refused: Vec<String>,
    /// What this user may not look at.
    pub unseen: Vec<String>,
}

impl Policy {
    /// Whether what is missing is made.
    pub(crate) fn makes(self) -> bool {
        self != Self::Observe
    }

    /// Whether what differs is set right.
    pub(crate) fn mends(self) -> bool {
        self == Self::Mend
    }
}
