//! What is counted of MongoDB. Every metric of this module is named here, and nowhere else.

use std::time::Duration;

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
use talkline_core::ErrorKind;
use talkline_metrics::histogram;

/// A call of a port.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

/// A call of a port that failed, and how.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ErrorLabel {
    operation: &'static str,
    kind: &'static str,
}

/// The counters of one connection to MongoDB.
#[derive(Clone, Debug)]
pub struct Metrics {
    seconds: Family<OperationLabel, Histogram>,
    errors: Family<ErrorLabel, Counter>,
    repeated: Family<OperationLabel, Counter>,
    pub(super) indexed: Counter,
    pub(super) index_lag: Gauge,
}

impl Metrics {
    /// Counters, registered under `talkline_mongo_…`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            seconds: Family::new_with_constructor(|| histogram(exponential_buckets(0.000_25, 2.0, 16))),
            errors: Family::default(),
            repeated: Family::default(),
            indexed: Counter::default(),
            index_lag: Gauge::default(),
        };
        let registry = registry.sub_registry_with_prefix("talkline_mongo");
        registry.register_with_unit(
            "call",
            "Calls of store, accounts and search, by operation",
            Unit::Seconds,
            metrics.seconds.clone(),
        );
        registry.register(
            "errors",
            "Calls that failed, by operation and kind",
            metrics.errors.clone(),
        );
        registry.register(
            "repeated_documents",
            "Documents that were there already: of crashes, of workers that share a partition for a moment",
            metrics.repeated.clone(),
        );
        registry.register(
            "indexed_messages",
            "Messages brought into the search index",
            metrics.indexed.clone(),
        );
        registry.register_with_unit(
            "index_lag",
            "How far the search index is behind the store, where this process brings it up",
            Unit::Seconds,
            metrics.index_lag.clone(),
        );
        metrics
    }

    /// Gives a value to what has labels, for who lists everything.
    pub fn fill(&self) {
        self.called("", Duration::ZERO);
        self.failed("", ErrorKind::Closed);
        self.repeated("", 0);
    }

    pub(super) fn called(&self, operation: &'static str, took: Duration) {
        let label = OperationLabel { operation };
        self.seconds.get_or_create(&label).observe(took.as_secs_f64());
    }

    pub(super) fn failed(&self, operation: &'static str, kind: ErrorKind) {
        let kind = match kind {
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Conflict => "conflict",
            ErrorKind::Corrupt => "corrupt",
            ErrorKind::Invalid => "invalid",
            ErrorKind::Closed => "closed",
            _ => "other",
        };
        self.errors.get_or_create(&ErrorLabel { operation, kind }).inc();
    }

    pub(super) fn repeated(&self, operation: &'static str, documents: usize) {
        let label = OperationLabel { operation };
        self.repeated.get_or_create(&label).inc_by(documents as u64);
    }
}
