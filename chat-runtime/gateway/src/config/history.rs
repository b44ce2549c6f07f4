//! What is remembered of conversations' newest messages.

/// What is remembered of conversations' newest messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Whether they are cached at all: here, and where all gateways share them. Workers keep the shared ones fresh anyway.
    pub cached: bool,
    /// Bytes in this gateway's own memory, at most; 0 for none. What is there is shown only after the shared cache has
    /// confirmed it.
    pub memory_bytes: u64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            cached: true,
            memory_bytes: 32 * 1024 * 1024,
        }
    }
}
