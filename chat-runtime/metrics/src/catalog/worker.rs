//! The worker's.

use super::label::{KIND, OUTCOME, PARTITION, STEP};
use crate::descriptor::{Bounds, Counter, Gauge, Histogram};

/// What came of records.
pub const DOCUMENTS: Counter = Counter::new(
    "talkline_worker_documents_total",
    "Documents that records led to, by kind",
)
.by(&[OUTCOME]);

/// Steps that failed.
pub const RETRIES: Counter = Counter::new(
    "talkline_worker_retries_total",
    "Steps that failed and were tried again",
)
.by(&[STEP]);

/// The size of batches.
pub const BATCH_RECORDS: Histogram = Histogram::new(
    "talkline_worker_batch_records",
    "Records in a batch",
    Bounds::Exponential {
        first: 1.0,
        factor: 2.0,
        count: 11,
    },
);

/// The duration of batches.
pub const BATCH: Histogram = Histogram::new(
    "talkline_worker_batch_seconds",
    "From reading a batch to moving the mark",
    Bounds::Exponential {
        first: 0.000_25,
        factor: 2.0,
        count: 15,
    },
)
.seconds();

/// Marks.
pub const POSITION: Gauge =
    Gauge::new("talkline_worker_position", "The mark's record number, by partition").by(&[PARTITION]);

/// Records that cannot be understood.
pub const DEAD_LETTERS: Counter = Counter::new(
    "talkline_worker_dead_letters_total",
    "Records that could not be decoded",
);

/// Conversations in quarantine.
pub const QUARANTINED: Counter = Counter::new(
    "talkline_worker_quarantined_conversations_total",
    "Conversations put in quarantine",
);

/// What retention removed.
pub const REMOVED: Counter = Counter::new(
    "talkline_worker_removed_total",
    "Documents removed for good because of their age, by kind",
)
.by(&[KIND]);

/// Signals that were not published.
pub const UNTOLD_SIGNALS: Counter = Counter::new(
    "talkline_worker_untold_signals_total",
    "Signals that the bus did not take: gateways find what they were about by comparing",
);

/// Notes that were not taken.
pub const UNNOTED: Counter = Counter::new(
    "talkline_worker_unnoted_conversations_total",
    "Notes that the cache of newest messages did not take: they follow when it answers again",
);
