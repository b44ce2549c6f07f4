//! What the log counts: every metric of this module.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use talkline_core::{ErrorKind, offset::Partition};
use talkline_metrics::catalog::kafka as catalog;

/// A partition of the commands' topic.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PartitionLabel {
    partition: Partition,
}

/// A broker, by its number.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BrokerLabel {
    broker: i32,
}

/// A gauge that has fractions.
type Seconds = Gauge<f64, AtomicU64>;

/// Why an append failed.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

impl KindLabel {
    fn of(kind: ErrorKind) -> Self {
        let kind = match kind {
            ErrorKind::Overloaded => "overloaded",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Closed => "closed",
            _ => "refused",
        };
        Self { kind }
    }
}

/// Kafka's name of an error.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CodeLabel {
    code: String,
}

/// The log's counters.
#[derive(Clone, Debug)]
pub struct Metrics {
    append_seconds: Histogram,
    append_failures: Family<KindLabel, Counter>,
    producer_renewals: Counter,
    waiting_records: Gauge,
    waiting_bytes: Gauge,
    lag: Family<PartitionLabel, Gauge>,
    fetched: Family<PartitionLabel, Gauge>,
    rebalances: Counter,
    dead_letters: Counter,
    errors: Family<CodeLabel, Counter>,
    throttle: Family<BrokerLabel, Seconds>,
    round_trip: Family<BrokerLabel, Seconds>,
}

impl Metrics {
    /// Counters, registered under `talkline_kafka_…`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::new();
        metrics.register_producer(registry);
        metrics.register_consumer(registry);
        // So that the first failure is a rise.
        for kind in [
            ErrorKind::Closed,
            ErrorKind::Invalid,
            ErrorKind::Overloaded,
            ErrorKind::Unavailable,
        ] {
            metrics.append_failures.get_or_create(&KindLabel::of(kind)).inc_by(0);
        }
        metrics
    }

    /// Gives a value to what has labels, for who lists everything.
    pub fn fill(&self) {
        self.append_failed(ErrorKind::Closed);
        self.partition(0, Some(0), 0);
        self.error(String::new());
        self.broker(0, Some(Duration::ZERO), Some(Duration::ZERO));
    }

    fn new() -> Self {
        Self {
            append_seconds: catalog::APPEND.empty(),
            append_failures: Family::default(),
            producer_renewals: Counter::default(),
            waiting_records: Gauge::default(),
            waiting_bytes: Gauge::default(),
            lag: Family::default(),
            fetched: Family::default(),
            rebalances: Counter::default(),
            dead_letters: Counter::default(),
            errors: Family::default(),
            throttle: Family::default(),
            round_trip: Family::default(),
        }
    }

    fn register_producer(&self, registry: &mut Registry) {
        catalog::APPEND.register(registry, self.append_seconds.clone());
        catalog::APPEND_FAILURES.register(registry, self.append_failures.clone());
        catalog::PRODUCER_RENEWALS.register(registry, self.producer_renewals.clone());
        catalog::PRODUCER_QUEUE_RECORDS.register(registry, self.waiting_records.clone());
        catalog::PRODUCER_QUEUE.register(registry, self.waiting_bytes.clone());
        catalog::ERRORS.register(registry, self.errors.clone());
        catalog::THROTTLE.register(registry, self.throttle.clone());
        catalog::ROUND_TRIP.register(registry, self.round_trip.clone());
    }

    fn register_consumer(&self, registry: &mut Registry) {
        catalog::LAG.register(registry, self.lag.clone());
        catalog::FETCHED.register(registry, self.fetched.clone());
        catalog::REBALANCES.register(registry, self.rebalances.clone());
        catalog::DEAD_LETTERS.register(registry, self.dead_letters.clone());
    }

    pub(super) fn appended(&self, seconds: f64) {
        self.append_seconds.observe(seconds);
    }

    pub(super) fn append_failed(&self, kind: ErrorKind) {
        self.append_failures.get_or_create(&KindLabel::of(kind)).inc();
    }

    pub(super) fn producer_renewed(&self) {
        self.producer_renewals.inc();
    }

    pub(super) fn producer_queue(&self, records: u64, bytes: u64) {
        self.waiting_records.set(records as i64);
        self.waiting_bytes.set(bytes as i64);
    }

    pub(super) fn partition(&self, partition: Partition, lag: Option<i64>, fetched: i64) {
        let label = PartitionLabel { partition };
        if let Some(lag) = lag {
            self.lag.get_or_create(&label).set(lag);
        }
        self.fetched.get_or_create(&label).set(fetched);
    }

    /// Another worker tells of it from now on.
    pub(super) fn partition_left(&self, partition: Partition) {
        let label = PartitionLabel { partition };
        self.lag.remove(&label);
        self.fetched.remove(&label);
    }

    pub(super) fn rebalanced(&self) {
        self.rebalances.inc();
    }

    pub(super) fn dead_letter(&self) {
        self.dead_letters.inc();
    }

    pub(super) fn error(&self, code: String) {
        self.errors.get_or_create(&CodeLabel { code }).inc();
    }

    pub(super) fn broker(&self, broker: i32, throttle: Option<Duration>, round_trip: Option<Duration>) {
        let label = BrokerLabel { broker };
        if let Some(throttle) = throttle {
            self.throttle.get_or_create(&label).set(throttle.as_secs_f64());
        }
        if let Some(round_trip) = round_trip {
            self.round_trip.get_or_create(&label).set(round_trip.as_secs_f64());
        }
    }
}
