//! Spans, kept for a test to look at.

use std::{
    mem,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use crate::{port::Spans, trace::Span};

/// Keeps spans in the order in which they end. Ids are 1, 2, 3 ….
#[derive(Default)]
pub struct MemorySpans {
    begun: AtomicU64,
    ended: Mutex<Vec<Span>>,
}

impl MemorySpans {
    /// What has ended since the last time.
    pub fn take(&self) -> Vec<Span> {
        mem::take(&mut self.ended.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Spans for MemorySpans {
    fn begin(&self) -> (u64, SystemTime) {
        (self.begun.fetch_add(1, Ordering::Relaxed) + 1, SystemTime::now())
    }

    fn end(&self, span: Span) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    }
}
