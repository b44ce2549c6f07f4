//! How many of something there are now.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(super) struct Gauge(AtomicU64);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct One<'a>(&'a Gauge);

impl Gauge {
    /// One more, for as long as the answer lives.
    pub(super) fn one_more(&self) -> One<'_> {
        self.0.fetch_add(1, Relaxed);
        One(self)
    }

    /// So many now.
    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}
