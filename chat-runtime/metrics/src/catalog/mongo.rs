//! Of MongoDB's client.

use super::label::{KIND, OPERATION};
use crate::descriptor::{Bounds, Counter, Gauge, Histogram};

/// Calls.
pub const CALL: Histogram = Histogram::new(
    "talkline_mongo_call_seconds",
    "Calls of store, accounts and search, by operation",
    Bounds::Exponential {
        first: 0.000_25,
        factor: 2.0,
        count: 16,
    },
)
.seconds()
.by(&[OPERATION]);

/// Calls that failed.
pub const ERRORS: Counter = Counter::new(
    "talkline_mongo_errors_total",
    "Calls that failed, by operation and kind",
)
.by(&[OPERATION, KIND]);

/// Documents that were written twice.
pub const REPEATED: Counter = Counter::new(
    "talkline_mongo_repeated_documents_total",
    "Documents that were there already: of crashes, of workers that share a partition for a moment",
)
.by(&[OPERATION]);

/// Messages in the index.
pub const INDEXED: Counter = Counter::new(
    "talkline_mongo_indexed_messages_total",
    "Messages brought into the search index",
);

/// How late search is.
pub const INDEX_LAG: Gauge = Gauge::new(
    "talkline_mongo_index_lag_seconds",
    "How far the search index is behind the store, where this process brings it up",
)
.seconds();
