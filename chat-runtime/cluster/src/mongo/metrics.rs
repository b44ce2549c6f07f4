//! What is counted of MongoDB: every metric of this module.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use talkline_core::ErrorKind;
use talkline_metrics::catalog::mongo as catalog;

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
            seconds: Family::new_with_constructor(|| catalog::CALL.empty()),
            errors: Family::default(),
            repeated: Family::default(),
            indexed: Counter::default(),
            index_lag: Gauge::default(),
        };
        catalog::CALL.register(registry, metrics.seconds.clone());
        catalog::ERRORS.register(registry, metrics.errors.clone());
        catalog::REPEATED.register(registry, metrics.repeated.clone());
        catalog::INDEXED.register(registry, metrics.indexed.clone());
        catalog::INDEX_LAG.register(registry, metrics.index_lag.clone());
        metrics.repeated("store.append", 0);
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
        // So that the operation's first failure is a rise.
        let kind = "unavailable";
        self.errors.get_or_create(&ErrorLabel { operation, kind }).inc_by(0);
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
