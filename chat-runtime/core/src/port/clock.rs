//! What time it is, for the few who must know.

use crate::time::Timestamp;

/// Tells the time of day. Times that are compared with stored ones come from here, so that a test can set them.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}
