//! What the log counts. Every metric of this module is named here, and nowhere else.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use talkline_core::{ErrorKind, offset::Partition};
use talkline_metrics::histogram;

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
        let registry = registry.sub_registry_with_prefix("talkline_kafka");
        metrics.register_producer(registry);
        metrics.register_consumer(registry);
        metrics.register_brokers(registry);
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
            append_seconds: histogram(exponential_buckets(0.000_5, 2.0, 15)),
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
        let help = "From an append's call to its acknowledgement by all replicas in sync";
        registry.register_with_unit("append", help, Unit::Seconds, self.append_seconds.clone());
        let help = "Appends that failed, by the error's kind; one may nevertheless be in the log";
        registry.register("append_failures", help, self.append_failures.clone());
        let help = "Producers made anew because one could not go on";
        registry.register("producer_renewals", help, self.producer_renewals.clone());
        let help = "Records in the producer that are not acknowledged yet";
        registry.register("producer_queue_records", help, self.waiting_records.clone());
        let help = "Bytes of the records in the producer";
        registry.register_with_unit("producer_queue", help, Unit::Bytes, self.waiting_bytes.clone());
        let help = "Records put aside because their bytes cannot be understood";
        registry.register("dead_letters", help, self.dead_letters.clone());
    }

    fn register_consumer(&self, registry: &mut Registry) {
        let help = "Records in the log that are not done, by partition of this worker";
        registry.register("lag_records", help, self.lag.clone());
        let help = "Records that were fetched and wait for the worker, by partition";
        registry.register("fetched_records", help, self.fetched.clone());
        let help = "Partitions given or taken away: one each time";
        registry.register("rebalances", help, self.rebalances.clone());
    }

    fn register_brokers(&self, registry: &mut Registry) {
        let help = "Errors that the client reports: connections, authentication, a broker's answers";
        registry.register("errors", help, self.errors.clone());
        let help = "How long a broker made us wait for a quota, at most, in the last interval";
        registry.register_with_unit("throttle", help, Unit::Seconds, self.throttle.clone());
        let help = "A request's round trip, the 99th of 100 in the last interval";
        registry.register_with_unit("round_trip_p99", help, Unit::Seconds, self.round_trip.clone());
    }

    pub(super) fn appended(&self, seconds: f64) {
        self.append_seconds.observe(seconds);
    }

    pub(super) fn append_failed(&self, kind: ErrorKind) {
        let kind = match kind {
            ErrorKind::Overloaded => "overloaded",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Closed => "closed",
            _ => "refused",
        };
        self.append_failures.get_or_create(&KindLabel { kind }).inc();
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
