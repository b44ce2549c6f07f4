//! Logs, on standard error.

use talkline_crds::spec::{LogFormat, LogLevel};

use crate::config::{field::choice, key::Key, role::Role};

const LEVELS: &[(&str, LogLevel)] = &[
    ("Error", LogLevel::Error),
    ("Warn", LogLevel::Warn),
    ("Info", LogLevel::Info),
    ("Debug", LogLevel::Debug),
];
const FORMATS: &[(&str, LogFormat)] = &[("Json", LogFormat::Json), ("Text", LogFormat::Text)];

pub(super) fn keys() -> Vec<Key> {
    let keys = [
        Key::new(
            "logs.level",
            "The least severe that is written; RUST_LOG overrides it.",
            choice(LEVELS, |s| &mut s.spec.monitoring.logs.level),
        ),
        Key::new(
            "logs.format",
            "How a line is written: one JSON object, or text for people.",
            choice(FORMATS, |s| &mut s.spec.monitoring.logs.format),
        ),
    ];
    keys.map(|key| key.of(Role::CLUSTER)).into()
}
