//! What the engine counts. Plain atomics: whoever exports metrics reads them when asked, and the hot path pays for no
//! registry, label or lock.

use std::sync::atomic::{AtomicU64, Ordering};

/// The engine's gauges and counters; all totals count since the start of the process.
#[derive(Debug, Default)]
pub struct Metrics {
    /// TCP connections that are open now, of any kind.
    pub connections_open: Gauge,
    /// Engine.IO sessions that are open now, WebSocket and long-polling.
    pub sockets_open: Gauge,
    /// 1 since new sockets are refused because the gateway goes away, 0 before.
    pub draining: Gauge,
    /// Bytes that wait for slow readers now, over all sockets.
    pub backlog_bytes: Gauge,
    /// Bytes written to WebSockets.
    pub sent_bytes: Counter,
    /// Writes to WebSockets: how much coalescing saves is the number of frames over this.
    pub writes: Counter,
    /// Frames handed to sockets by the chat.
    pub frames: Counter,
    /// Times that a backlog was full and gave way to one resync event.
    pub resyncs: Counter,
    /// Sockets ended because they did not read within the deadline or had too many unread answers.
    pub stalled: Counter,
    /// Handshakes refused because the gateway was full or draining.
    pub refused: Counter,
    /// Handlers that panicked.
    pub panics: Counter,
}

/// A value that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

/// A value that only goes up.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Gauge {
    /// The value now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub(super) fn add(&self, amount: usize) {
        self.0.fetch_add(amount as u64, Ordering::Relaxed);
    }

    pub(super) fn sub(&self, amount: usize) {
        self.0.fetch_sub(amount as u64, Ordering::Relaxed);
    }
}

impl Counter {
    /// The total so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, amount: usize) {
        self.0.fetch_add(amount as u64, Ordering::Relaxed);
    }
}
