//! What one unit of load costs, as it was measured. Each figure says where it is from; `bench/README.md` says how it was taken.
//!
//! CPU is in nanoseconds, memory in bytes. Figures of a busy two-core machine are upper bounds for a quieter one.

/// CPU of one message in a process. At low rates hardly anything is batched, so a message costs more there.
#[derive(Clone, Copy, Debug)]
pub(super) struct PerMessage {
    /// At 1,000 messages a second and below.
    slow: u64,
    /// At 4,000 messages a second and above.
    fast: u64,
}

/// The rate at which [`PerMessage::slow`] was measured, in messages a second.
const SLOW_RATE: u64 = 1_000;

impl PerMessage {
    const fn micros(slow: u64, fast: u64) -> Self {
        Self {
            slow: slow * 1_000,
            fast: fast * 1_000,
        }
    }

    /// CPU that `rate` messages a second take in a second. Between the two measured rates nobody measured: there it stays at what the
    /// lower one took, until the higher one's cost is more, so that a higher rate never seems to need less.
    pub(super) fn cpu(self, rate: u64) -> u64 {
        (rate * self.fast).max(rate.min(SLOW_RATE) * self.slow)
    }
}

/// A gateway: accepting a message and delivering it to [`MEASURED_FAN_OUT`] sockets.
/// "The whole, a cluster", 26 November 2026, 1,000/s and 4,000/s.
pub(super) const GATEWAY: PerMessage = PerMessage::micros(264, 129);

/// A worker. The same table.
pub(super) const WORKER: PerMessage = PerMessage::micros(359, 66);

/// Kafka. The same table.
pub(super) const KAFKA: PerMessage = PerMessage::micros(317, 92);

/// MongoDB's primary. The same table at 4,000/s; at 1,000/s the day before's, since it was also indexing older messages that day.
pub(super) const MONGO: PerMessage = PerMessage::micros(523, 162);

/// Redis. The same table.
pub(super) const REDIS: PerMessage = PerMessage::micros(36, 12);

/// Sockets that a message was delivered to in that table: its rooms had two members.
pub(super) const MEASURED_FAN_OUT: u64 = 2;

/// A gateway's CPU for one delivery more. "Sockets", fan-out in rooms of 100.
pub(super) const DELIVERY: u64 = 7_200;

/// A gateway's CPU for one signal of the bus. "Redis' bus", the receiver, the worse of two runs.
pub(super) const SIGNAL: u64 = 8_000;

/// A gateway's CPU for one REST request. "History from the cache", the newest 50 from a cache in the process.
pub(super) const REQUEST: u64 = 127_800;

/// A gateway's memory for one idle socket. "Sockets", `talkline up` with authenticated WebSockets.
pub(super) const SOCKET: u64 = 23_800;

/// A gateway's memory without sockets. Not measured yet: a reserve.
pub(super) const GATEWAY_BASE: u64 = 128 << 20;

/// A worker's memory: batches and remembered conversations. Not measured yet: a reserve.
pub(super) const WORKER_BASE: u64 = 256 << 20;
