//! What the operator counts of itself. No label holds a name: a thousand ChatClusters are not a thousand series.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use talkline_metrics::catalog::operator as catalog;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StepLabel {
    step: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ApplyLabel {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// See the module.
#[derive(Clone)]
pub(crate) struct Metrics {
    reconciles: Family<OutcomeLabel, Histogram>,
    steps: Family<StepLabel, Histogram>,
    failures: Family<StepLabel, Counter>,
    applies: Family<ApplyLabel, Counter>,
    removals: Family<KindLabel, Counter>,
    clusters: Gauge,
    leads: Gauge,
}

impl Metrics {
    /// Registers all of them.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            reconciles: Family::new_with_constructor(|| catalog::RECONCILE.empty()),
            steps: Family::new_with_constructor(|| catalog::STEPS.empty()),
            failures: Family::default(),
            applies: Family::default(),
            removals: Family::default(),
            clusters: Gauge::default(),
            leads: Gauge::default(),
        };
        catalog::RECONCILE.register(registry, metrics.reconciles.clone());
        catalog::STEPS.register(registry, metrics.steps.clone());
        catalog::STEP_FAILURES.register(registry, metrics.failures.clone());
        catalog::APPLIES.register(registry, metrics.applies.clone());
        catalog::REMOVALS.register(registry, metrics.removals.clone());
        catalog::CLUSTERS.register(registry, metrics.clusters.clone());
        catalog::LEADS.register(registry, metrics.leads.clone());
        metrics
    }

    /// A reconcile came to its end.
    pub(crate) fn reconciled(&self, outcome: &'static str, took: Duration) {
        self.reconciles
            .get_or_create(&OutcomeLabel { outcome })
            .observe(took.as_secs_f64());
    }

    /// A step was taken.
    pub(crate) fn stepped(&self, step: &'static str, took: Duration) {
        self.steps
            .get_or_create(&StepLabel { step })
            .observe(took.as_secs_f64());
    }

    /// A step failed.
    pub(crate) fn step_failed(&self, step: &'static str) {
        self.failures.get_or_create(&StepLabel { step }).inc();
    }

    /// An object was applied.
    pub(crate) fn applied(&self, kind: &'static str, taken: bool) {
        let outcome = if taken { "ok" } else { "failed" };
        self.applies.get_or_create(&ApplyLabel { kind, outcome }).inc();
    }

    /// An object was removed.
    pub(crate) fn removed(&self, kind: &'static str) {
        self.removals.get_or_create(&KindLabel { kind }).inc();
    }

    /// There are so many ChatClusters.
    pub(crate) fn clusters(&self, count: usize) {
        self.clusters.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// This process leads from now on.
    pub(crate) fn leads(&self) {
        self.leads.set(1);
    }
}

#[cfg(test)]
mod tests {
    use talkline_metrics::Exposition;

    use super::*;

    #[test]
    fn what_is_counted_is_on_the_page() {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        metrics.reconciled("applied", Duration::from_millis(7));
        metrics.stepped("apply", Duration::from_millis(3));
        metrics.step_failed("apply");
        metrics.applied("Deployment", true);
        metrics.removed("Service");
        metrics.clusters(3);
        metrics.leads();
        let page = String::from_utf8(Exposition::Text.write(&registry).unwrap()).unwrap();
        let expected = [
            r#"talkline_operator_reconcile_seconds_bucket{le="0.01",outcome="applied"} 1"#,
            r#"talkline_operator_step_seconds_count{step="apply"} 1"#,
            r#"talkline_operator_step_failures_total{step="apply"} 1"#,
            r#"talkline_operator_applies_total{kind="Deployment",outcome="ok"} 1"#,
            r#"talkline_operator_removals_total{kind="Service"} 1"#,
            "talkline_operator_clusters 3",
            "talkline_operator_leads 1",
        ];
        for line in expected {
            assert!(page.contains(line), "{line}\n{page}");
        }
    }
}
