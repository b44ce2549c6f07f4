//! What this module counts. Every metric of it is named here, and nowhere else.

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
use talkline_core::Error;
use talkline_metrics::histogram;

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
            calls: Family::new_with_constructor(|| histogram(exponential_buckets(0.000_1, 2.0, 13))),
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
        let registry = registry.sub_registry_with_prefix("talkline_redis");
        metrics.register_calls(registry);
        metrics.register_fan_out(registry);
        metrics
    }

    /// Gives a value to what has labels, for who lists everything.
    pub fn fill(&self) {
        self.call("", 0.0);
        let label = OperationLabel { operation: "" };
        self.failures.get_or_create(&label).inc_by(0);
    }

    fn register_calls(&self, registry: &mut Registry) {
        registry.register_with_unit("call", "Calls, by operation", Unit::Seconds, self.calls.clone());
        registry.register("failures", "Calls that failed, by operation", self.failures.clone());
        registry.register("connections", "Connections opened", self.connections.clone());
        registry.register(
            "silences",
            "Times that a node was found not to answer, so that calls to it failed at once until it did",
            self.silences.clone(),
        );
        registry.register("topologies", "Times that the nodes changed", self.topologies.clone());
        registry.register(
            "redirects",
            "Commands that went to the wrong node first",
            self.redirects.clone(),
        );
        registry.register(
            "presence_announced",
            "Users whose sockets were told again, in turn or because Redis may have believed something else",
            self.announced.clone(),
        );
    }

    fn register_fan_out(&self, registry: &mut Registry) {
        registry.register("signals_published", "Signals published", self.published.clone());
        registry.register("signals_received", "Signals that arrived", self.received.clone());
        registry.register(
            "signals_unreadable",
            "Signals dropped because this program cannot read them",
            self.unreadable.clone(),
        );
        registry.register(
            "signals_overflowed",
            "Signals dropped because an inbox was full",
            self.overflowed.clone(),
        );
        registry.register(
            "losses",
            "Times that channels were out of reach, so that signals may be lost",
            self.losses.clone(),
        );
        registry.register("subscriptions", "Channels subscribed", self.subscriptions.clone());
    }

    pub(super) fn call(&self, operation: &'static str, seconds: f64) {
        self.calls.get_or_create(&OperationLabel { operation }).observe(seconds);
    }

    pub(super) fn failure(&self, operation: &'static str, error: Error) -> Error {
        self.failures.get_or_create(&OperationLabel { operation }).inc();
        error
    }

    pub(super) fn connected(&self) {
        self.connections.inc();
    }
}
