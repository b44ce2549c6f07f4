//! What is remembered of conversations' newest messages.

/// What is remembered of conversations' newest messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Whether they are cached at all: here, and where all gateways share them. Workers keep the shared ones fresh anyway.
    pub cached: bool,
    /// Bytes in this gateway's own memory, at most; 0 for none, so that each answer is as fresh as the shared cache.
    pub memory_bytes: u64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            cached: true,
            memory_bytes: 64 * 1024 * 1024,
        }
    }
}
