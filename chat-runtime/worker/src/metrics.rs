//! What the worker counts. Every metric of this crate is named here, and nowhere else.

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
use talkline_metrics::histogram;

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
            batch_records: histogram(exponential_buckets(1.0, 2.0, 11)),
            batch_seconds: histogram(exponential_buckets(0.000_25, 2.0, 15)),
            position: Family::default(),
            dead_letters: Counter::default(),
            quarantined: Counter::default(),
            removed: Family::default(),
            untold: Counter::default(),
            unnoted: Counter::default(),
        };
        let registry = registry.sub_registry_with_prefix("talkline_worker");
        metrics.register_work(registry);
        metrics.register_exceptions(registry);
        metrics
    }

    /// Gives a value to what has labels, for who lists everything.
    pub fn fill(&self) {
        self.batch(0, 0, 0, 0.0);
        self.documents(&talkline_core::conversation::Docs::default());
        self.retry("");
        self.removed("", 0);
    }

    fn register_work(&self, registry: &mut Registry) {
        registry.register(
            "documents",
            "Documents that records led to, by kind",
            self.outcomes.clone(),
        );
        registry.register(
            "retries",
            "Steps that failed and were tried again",
            self.retries.clone(),
        );
        registry.register("batch_records", "Records in a batch", self.batch_records.clone());
        registry.register_with_unit(
            "batch",
            "From reading a batch to moving the mark",
            Unit::Seconds,
            self.batch_seconds.clone(),
        );
        registry.register(
            "position",
            "The mark's record number, by partition",
            self.position.clone(),
        );
    }

    /// What should be rare, and what goes.
    fn register_exceptions(&self, registry: &mut Registry) {
        registry.register(
            "dead_letters",
            "Records that could not be decoded",
            self.dead_letters.clone(),
        );
        registry.register(
            "quarantined_conversations",
            "Conversations put in quarantine",
            self.quarantined.clone(),
        );
        registry.register(
            "removed",
            "Documents removed for good because of their age, by kind",
            self.removed.clone(),
        );
        registry.register(
            "untold_signals",
            "Signals that the bus did not take: gateways find what they were about by comparing",
            self.untold.clone(),
        );
        registry.register(
            "unnoted_conversations",
            "Notes that the cache of newest messages did not take: they follow when it answers again",
            self.unnoted.clone(),
        );
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
