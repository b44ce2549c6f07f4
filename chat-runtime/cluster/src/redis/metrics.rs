//! What this module counts: every metric of it.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use talkline_core::Error;
use talkline_metrics::catalog::redis as catalog;

/// A call on a port.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

/// The module's counters. A clone counts into the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    calls: Family<OperationLabel, Histogram>,
    failures: Family<OperationLabel, Counter>,
    connections: Counter,
    pub(super) silences: Counter,
    pub(super) topologies: Counter,
    pub(super) redirects: Counter,
    pub(super) published: Counter,
    pub(super) received: Counter,
    pub(super) unreadable: Counter,
    pub(super) overflowed: Counter,
    pub(super) losses: Counter,
    pub(super) subscriptions: Gauge,
    pub(super) announced: Counter,
}

impl Metrics {
    /// Counters, registered under `talkline_redis_…`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            calls: Family::new_with_constructor(|| catalog::CALL.empty()),
            failures: Family::default(),
            connections: Counter::default(),
            silences: Counter::default(),
            topologies: Counter::default(),
            redirects: Counter::default(),
            published: Counter::default(),
            received: Counter::default(),
            unreadable: Counter::default(),
            overflowed: Counter::default(),
            losses: Counter::default(),
            subscriptions: Gauge::default(),
            announced: Counter::default(),
        };
        metrics.register_calls(registry);
        metrics.register_fan_out(registry);
        metrics
    }

    /// Gives a value to what has labels, for who lists everything.
    pub fn fill(&self) {
        self.call("", 0.0);
    }

    fn register_calls(&self, registry: &mut Registry) {
        catalog::CALL.register(registry, self.calls.clone());
        catalog::FAILURES.register(registry, self.failures.clone());
        catalog::CONNECTIONS.register(registry, self.connections.clone());
        catalog::SILENCES.register(registry, self.silences.clone());
        catalog::TOPOLOGIES.register(registry, self.topologies.clone());
        catalog::REDIRECTS.register(registry, self.redirects.clone());
        catalog::ANNOUNCED.register(registry, self.announced.clone());
    }

    fn register_fan_out(&self, registry: &mut Registry) {
        catalog::PUBLISHED.register(registry, self.published.clone());
        catalog::RECEIVED.register(registry, self.received.clone());
        catalog::UNREADABLE.register(registry, self.unreadable.clone());
        catalog::OVERFLOWED.register(registry, self.overflowed.clone());
        catalog::LOSSES.register(registry, self.losses.clone());
        catalog::SUBSCRIPTIONS.register(registry, self.subscriptions.clone());
    }

    pub(super) fn call(&self, operation: &'static str, seconds: f64) {
        let label = OperationLabel { operation };
        self.calls.get_or_create(&label).observe(seconds);
        // So that the operation's first failure is a rise.
        self.failures.get_or_create(&label).inc_by(0);
    }

    pub(super) fn failure(&self, operation: &'static str, error: Error) -> Error {
        self.failures.get_or_create(&OperationLabel { operation }).inc();
        error
    }

    pub(super) fn connected(&self) {
        self.connections.inc();
    }
}
