//! Which log a store was filled from. Its marks are places in that log: by another one's, records would count as done that
//! nobody has seen, or be numbered twice.

/// A log, and how many times it was made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogIdentity {
    /// The same for ever, and no other log's.
    pub name: String,
    /// Raised by an operator who made the log anew, or moved it elsewhere.
    pub generation: u16,
}
