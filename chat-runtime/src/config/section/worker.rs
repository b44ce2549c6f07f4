//! The workers: how much one takes on.

use crate::config::{field::number, key::Key, role::Role};

pub(super) fn keys() -> Vec<Key> {
    let keys = [
        Key::new(
            "worker.batch.maxRecords",
            "Records of one partition in a batch, at most: larger ones cost less a message, smaller ones arrive sooner.",
            number(1..=10_000, |s| &mut s.spec.worker.batch.max_records),
        ),
        Key::new(
            "worker.batch.lingerMillis",
            "Milliseconds between the beginnings of two batches of a partition, at least: a message that comes alone waits for nothing, and of many, more come together.",
            number(0..=1_000, |s| &mut s.spec.worker.batch.linger_millis),
        ),
        Key::new(
            "worker.rememberedConversations",
            "Conversations whose state is kept at hand, per partition.",
            number(1..=10_000_000, |s| &mut s.states),
        ),
        Key::new(
            "worker.drainSeconds",
            "Seconds that a stopping worker has to finish its batches; below the pod's grace period.",
            number(1..=600, |s| &mut s.spec.worker.drain_seconds),
        ),
    ];
    keys.map(|key| key.of(&[Role::Worker])).into()
}
