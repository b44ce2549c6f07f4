//! The latencies as histograms, classic and native.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, histogram::Histogram},
    registry::Registry,
};
use talkline_metrics::catalog::loadtest::LATENCY;

use crate::measure::{Kind, Timings};

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
        let family = Family::new_with_constructor((|| LATENCY.empty()) as fn() -> Histogram);
        LATENCY.register(registry, family.clone());
        Self(family)
    }

    /// One more of that kind.
    pub fn observe(&self, kind: Kind, took: Duration) {
        let labels = OfKind { kind: kind.name() };
        self.0.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// All of these, of that kind.
    pub fn observe_all(&self, kind: Kind, timings: &Timings) {
        let histogram = self.0.get_or_create_owned(&OfKind { kind: kind.name() });
        for (micros, count) in timings.recorded() {
            let seconds = Duration::from_micros(micros).as_secs_f64();
            (0..count).for_each(|_| histogram.observe(seconds));
        }
    }
}
