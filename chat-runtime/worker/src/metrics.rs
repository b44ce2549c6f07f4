//! What the worker counts: every metric of this crate.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use talkline_metrics::catalog::worker as catalog;

/// A partition of the log.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct PartitionLabel {
    partition: u32,
}

/// What became of a record.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct OutcomeLabel {
    outcome: &'static str,
}

/// What was removed because of its age.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct KindLabel {
    kind: &'static str,
}

/// A step of the worker that failed and is tried again.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct StepLabel {
    step: &'static str,
}

/// The worker's counters.
#[derive(Clone, Debug)]
pub struct Metrics {
    outcomes: Family<OutcomeLabel, Counter>,
    retries: Family<StepLabel, Counter>,
    batch_records: Histogram,
    batch_seconds: Histogram,
    position: Family<PartitionLabel, Gauge>,
    dead_letters: Counter,
    quarantined: Counter,
    removed: Family<KindLabel, Counter>,
    untold: Counter,
    unnoted: Counter,
}

impl Metrics {
    /// Counters, registered under `talkline_worker_…`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            outcomes: Family::default(),
            retries: Family::default(),
            batch_records: catalog::BATCH_RECORDS.empty(),
            batch_seconds: catalog::BATCH.empty(),
            position: Family::default(),
            dead_letters: Counter::default(),
            quarantined: Counter::default(),
            removed: Family::default(),
            untold: Counter::default(),
            unnoted: Counter::default(),
        };
        catalog::DOCUMENTS.register(registry, metrics.outcomes.clone());
        catalog::RETRIES.register(registry, metrics.retries.clone());
        catalog::BATCH_RECORDS.register(registry, metrics.batch_records.clone());
        catalog::BATCH.register(registry, metrics.batch_seconds.clone());
        catalog::POSITION.register(registry, metrics.position.clone());
        catalog::DEAD_LETTERS.register(registry, metrics.dead_letters.clone());
        catalog::QUARANTINED.register(registry, metrics.quarantined.clone());
        catalog::REMOVED.register(registry, metrics.removed.clone());
        catalog::UNTOLD_SIGNALS.register(registry, metrics.untold.clone());
        catalog::UNNOTED.register(registry, metrics.unnoted.clone());
        for kind in ["message", "change"] {
            metrics.removed(kind, 0);
        }
        metrics
    }

    /// Gives a value to what has labels, for who lists everything.
    pub fn fill(&self) {
        self.batch(0, 0, 0, 0.0);
        self.documents(&talkline_core::conversation::Docs::default());
        self.retry("");
        self.removed("", 0);
    }

    pub(crate) fn batch(&self, partition: u32, records: usize, position: u64, seconds: f64) {
        self.batch_records.observe(records as f64);
        self.batch_seconds.observe(seconds);
        self.position
            .get_or_create(&PartitionLabel { partition })
            .set(position as i64);
    }

    pub(crate) fn documents(&self, docs: &talkline_core::conversation::Docs) {
        let kinds = [
            ("message", docs.messages.len()),
            ("change", docs.changes.len()),
            ("rejection", docs.rejections.len()),
        ];
        for (outcome, count) in kinds {
            self.outcomes
                .get_or_create(&OutcomeLabel { outcome })
                .inc_by(count as u64);
        }
    }

    /// A step is taken: so that its first failure is a rise.
    pub(crate) fn begin(&self, step: &'static str) {
        self.retries.get_or_create(&StepLabel { step }).inc_by(0);
    }

    pub(crate) fn retry(&self, step: &'static str) {
        self.retries.get_or_create(&StepLabel { step }).inc();
    }

    pub(crate) fn dead_letter(&self) {
        self.dead_letters.inc();
    }

    pub(crate) fn removed(&self, kind: &'static str, count: usize) {
        self.removed.get_or_create(&KindLabel { kind }).inc_by(count as u64);
    }

    pub(crate) fn untold(&self, signals: usize) {
        self.untold.inc_by(signals as u64);
    }

    pub(crate) fn unnoted(&self, conversations: usize) {
        self.unnoted.inc_by(conversations as u64);
    }

    pub(crate) fn quarantine(&self) {
        self.quarantined.inc();
    }
}
