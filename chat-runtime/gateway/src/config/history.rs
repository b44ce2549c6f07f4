//! What is remembered of conversations' newest messages.

/// What is remembered of conversations' newest messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Whether they are cached at all: here, and where all gateways share them. Workers keep the shared ones fresh anyway.
    pub cached: bool,
    /// Bytes in this gateway's own memory, at most. 0, the default, for none: each answer is as fresh as the shared cache. With
    /// it, who was removed at another gateway can read here what they could read before until the bus has brought word of
    /// it, and for ten seconds at most if it does not; the contract allows that to nobody.
    pub memory_bytes: u64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            cached: true,
            memory_bytes: 0,
        }
    }
}
