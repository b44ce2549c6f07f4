//! Of Kafka's client.

use super::label::{BROKER, CODE, KIND, PARTITION};
use crate::descriptor::{Bounds, Counter, Gauge, Histogram};

/// Appends.
pub const APPEND: Histogram = Histogram::new(
    "talkline_kafka_append_seconds",
    "From an append's call to its acknowledgement by all replicas in sync",
    Bounds::Exponential {
        first: 0.000_5,
        factor: 2.0,
        count: 15,
    },
)
.seconds();

/// Appends that failed.
pub const APPEND_FAILURES: Counter = Counter::new(
    "talkline_kafka_append_failures_total",
    "Appends that failed, by the error's kind; one may nevertheless be in the log",
)
.by(&[KIND]);

/// Producers made anew.
pub const PRODUCER_RENEWALS: Counter = Counter::new(
    "talkline_kafka_producer_renewals_total",
    "Producers made anew because one could not go on",
);

/// Records in the producer.
pub const PRODUCER_QUEUE_RECORDS: Gauge = Gauge::new(
    "talkline_kafka_producer_queue_records",
    "Records in the producer that are not acknowledged yet",
);

/// Bytes in the producer.
pub const PRODUCER_QUEUE: Gauge = Gauge::new(
    "talkline_kafka_producer_queue_bytes",
    "Bytes of the records in the producer",
)
.bytes();

/// Records that cannot be understood.
pub const DEAD_LETTERS: Counter = Counter::new(
    "talkline_kafka_dead_letters_total",
    "Records put aside because their bytes cannot be understood",
);

/// Lag.
pub const LAG: Gauge = Gauge::new(
    "talkline_kafka_lag_records",
    "Records in the log that are not done, by partition of this worker",
)
.by(&[PARTITION]);

/// Records in memory.
pub const FETCHED: Gauge = Gauge::new(
    "talkline_kafka_fetched_records",
    "Records that were fetched and wait for the worker, by partition",
)
.by(&[PARTITION]);

/// Rebalances.
pub const REBALANCES: Counter = Counter::new(
    "talkline_kafka_rebalances_total",
    "Partitions given or taken away: one each time",
);

/// The client's errors.
pub const ERRORS: Counter = Counter::new(
    "talkline_kafka_errors_total",
    "Errors that the client reports: connections, authentication, a broker's answers",
)
.by(&[CODE]);

/// Quotas.
pub const THROTTLE: Gauge = Gauge::new(
    "talkline_kafka_throttle_seconds",
    "How long a broker made us wait for a quota, at most, in the last interval",
)
.seconds()
.by(&[BROKER]);

/// The network and the broker together.
pub const ROUND_TRIP: Gauge = Gauge::new(
    "talkline_kafka_round_trip_p99_seconds",
    "A request's round trip, the 99th of 100 in the last interval",
)
.seconds()
.by(&[BROKER]);
