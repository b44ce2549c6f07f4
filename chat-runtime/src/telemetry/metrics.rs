//! What is counted of spans.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use talkline_metrics::catalog::traces as catalog;

/// What became of a span.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

/// The spans that this process has ended.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    spans: Family<OutcomeLabel, Counter>,
}

impl Metrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            spans: Family::default(),
        };
        catalog::SPANS.register(registry, metrics.spans.clone());
        metrics
    }

    /// Gives a value to what has labels, for who lists everything.
    pub(crate) fn fill(&self) {
        self.exported(0);
    }

    pub(super) fn exported(&self, spans: usize) {
        self.count("exported", spans);
    }

    pub(super) fn dropped(&self) {
        self.count("dropped", 1);
    }

    pub(super) fn failed(&self, spans: usize) {
        self.count("failed", spans);
    }

    #[cfg(test)]
    pub(super) fn of(&self, outcome: &'static str) -> u64 {
        self.spans.get_or_create(&OutcomeLabel { outcome }).get()
    }

    fn count(&self, outcome: &'static str, spans: usize) {
        self.spans.get_or_create(&OutcomeLabel { outcome }).inc_by(spans as u64);
    }
}
