//! The latencies as histograms, classic and native.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};
use talkline_metrics::histogram;

use super::names;
use crate::measure::Kind;

/// Seconds. From an acknowledgement by memory to a server that came back.
const BOUNDS: [f64; 14] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

/// A histogram for each kind; it is shown from its first value on.
#[derive(Debug, Clone)]
pub struct Latency(Family<OfKind, Histogram>);

impl Latency {
    /// Histograms that `registry` shows from now on.
    pub fn register(registry: &mut Registry) -> Self {
        let family = Family::new_with_constructor((|| histogram(BOUNDS)) as fn() -> Histogram);
        let name = names::LATENCY.trim_end_matches("_seconds");
        let help = "From when something was meant to start to its end, by kind; delivery is to another member's socket, lag the harness's own lateness";
        registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        Self(family)
    }

    /// One more of that kind.
    pub fn observe(&self, kind: Kind, took: Duration) {
        let labels = OfKind { kind: kind.name() };
        self.0.get_or_create(&labels).observe(took.as_secs_f64());
    }
}
