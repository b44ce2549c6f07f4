//! The one place where the gateway learns what time it is.
//!
//! Times that are compared with stored ones (expiry, creation) come from here, so that a test can set them. Waiting
//! is tokio's matter, whose clock tests can pause.

use std::time::{SystemTime, UNIX_EPOCH};

pub use talkline_core::port::Clock;
use talkline_core::time::Timestamp;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
