//! How long things are kept; as the ChatCluster has it. The workers remove, and gateways tell of rejections as long as
//! those are kept.

use crate::config::{field::number, key::Key, role::Role};

pub(super) fn keys() -> Vec<Key> {
    vec![
        Key::new(
            "retention.messagesDays",
            "Days that messages are kept, with their changes. 0: for ever.",
            number(0..=36_500, |s| &mut s.spec.retention.messages_days),
        )
        .of(&[Role::Worker]),
        Key::new(
            "retention.rejectionsDays",
            "Days that rejections of accepted messages are kept, for clients to come back and learn of them.",
            number(1..=365, |s| &mut s.spec.retention.rejections_days),
        )
        .of(&[Role::Gateway, Role::Worker]),
        Key::new(
            "retention.deadLettersDays",
            "Days that records which could not be decoded are kept.",
            number(1..=365, |s| &mut s.spec.retention.dead_letters_days),
        )
        .of(&[Role::Worker]),
    ]
}
