//! What one unit of load costs, as it was measured. Each figure says where it is from; `bench/README.md` says how it was taken.
//!
//! CPU is in nanoseconds, memory in bytes. Figures of a busy two-core machine are upper bounds for a quieter one.
//!
//! A table that is measured anew is a new edition, and no edition ever changes: pods stay as large as the one that they were made with has
//! them, until they are replaced anyway.

/// CPU of one message in a process. At low rates hardly anything is batched, so a message costs more there.
#[derive(Clone, Copy, Debug)]
pub(super) struct PerMessage {
    /// At 1,000 messages a second and below.
    slow: u64,
    /// At the highest rate that was measured, and above.
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

/// A table of unit costs.
#[derive(Debug)]
pub(super) struct Costs {
    /// A gateway: accepting a message and delivering it to [`MEASURED_FAN_OUT`] sockets.
    pub(super) gateway: PerMessage,
    /// A worker.
    pub(super) worker: PerMessage,
    /// Kafka.
    pub(super) kafka: PerMessage,
    /// MongoDB's primary.
    pub(super) mongo: PerMessage,
    /// Redis.
    pub(super) redis: PerMessage,
    /// A gateway's CPU for one delivery more.
    pub(super) delivery: u64,
    /// A gateway's CPU for one REST request.
    pub(super) request: u64,
}

/// Which table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edition {
    /// Of the night before 26 November 2026, and of the days before that.
    First,
    /// Of 26 November 2026, at noon.
    #[default]
    Second,
}

/// "The whole, a cluster", the night before 26 November 2026, 1,000/s and 4,000/s; MongoDB's at 1,000/s is the day before's, since it was also
/// indexing older messages that night. "Sockets", fan-out in rooms of 100. "Requests", 25 November, the newest 50 from a cache in the process.
static FIRST: Costs = Costs {
    gateway: PerMessage::micros(264, 129),
    worker: PerMessage::micros(359, 66),
    kafka: PerMessage::micros(317, 92),
    mongo: PerMessage::micros(523, 162),
    redis: PerMessage::micros(36, 12),
    delivery: 7_200,
    request: 127_800,
};

/// "The whole, a cluster", 26 November 2026, 100 rooms of 2 at 1,000/s and 8,000/s; for deliveries 4 rooms of 50 at 400/s, the dearer of the
/// two, with all that a message takes. "Requests", the newest 50 of a cluster's gateway, one at a time, the dearer way and the worse of two runs.
static SECOND: Costs = Costs {
    gateway: PerMessage::micros(209, 77),
    worker: PerMessage::micros(260, 24),
    kafka: PerMessage::micros(228, 35),
    mongo: PerMessage::micros(504, 80),
    redis: PerMessage::micros(34, 6),
    delivery: 6_600,
    request: 75_000,
};

impl Edition {
    /// Its table.
    pub(super) fn costs(self) -> &'static Costs {
        match self {
            Self::First => &FIRST,
            Self::Second => &SECOND,
        }
    }

    /// The word for it in an annotation.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::First => "1",
            Self::Second => "2",
        }
    }

    /// What an annotation says; the newest where it is of an operator that knows more.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            "1" => Self::First,
            _ => Self::default(),
        }
    }
}

/// Sockets that a message was delivered to in those tables: their rooms had two members.
pub(super) const MEASURED_FAN_OUT: u64 = 2;

/// A gateway's CPU for one signal of the bus. "Redis' bus", the receiver, the worse of two runs.
pub(super) const SIGNAL: u64 = 8_000;

/// A gateway's memory for one idle socket. "Sockets", `talkline up` with authenticated WebSockets.
pub(super) const SOCKET: u64 = 23_800;

/// A gateway's memory without sockets. Not measured yet: a reserve.
pub(super) const GATEWAY_BASE: u64 = 128 << 20;

/// A worker's memory: batches and remembered conversations. Not measured yet: a reserve.
pub(super) const WORKER_BASE: u64 = 256 << 20;
