//! The operator's own.

use super::label::{KIND, OUTCOME, STEP};
use crate::descriptor::{Bounds, Counter, Gauge, Histogram};

/// Of a reconcile.
const SECONDS: Bounds = Bounds::Listed(&[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]);

/// Reconciles.
pub const RECONCILE: Histogram = Histogram::new(
    "talkline_operator_reconcile_seconds",
    "From taking a ChatCluster up to having written its status, by outcome",
    SECONDS,
)
.seconds()
.by(&[OUTCOME]);

/// Their steps.
pub const STEPS: Histogram = Histogram::new(
    "talkline_operator_step_seconds",
    "Duration of a step of a reconcile",
    SECONDS,
)
.seconds()
.by(&[STEP]);

/// Steps that failed.
pub const STEP_FAILURES: Counter = Counter::new(
    "talkline_operator_step_failures_total",
    "Reconciles that failed, by step",
)
.by(&[STEP]);

/// Objects written.
pub const APPLIES: Counter = Counter::new(
    "talkline_operator_applies_total",
    "Objects applied, by kind and outcome; at rest there are none",
)
.by(&[KIND, OUTCOME]);

/// Objects removed.
pub const REMOVALS: Counter = Counter::new(
    "talkline_operator_removals_total",
    "Objects removed because they are not wanted any more, by kind",
)
.by(&[KIND]);

/// ChatClusters.
pub const CLUSTERS: Gauge = Gauge::new(
    "talkline_operator_clusters",
    "ChatClusters that this process looks after",
);

/// Leadership.
pub const LEADS: Gauge = Gauge::new(
    "talkline_operator_leads",
    "Whether this process is the one that leads: 1 or 0",
);
