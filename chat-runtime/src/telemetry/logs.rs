//! Logs: structured, to standard error, so that standard output stays for what a person asked to see.

use std::io::IsTerminal as _;

use talkline_crds::spec::{LogFormat, LogLevel, LogsSpec};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Starts logging as the cluster's YAML says; `RUST_LOG` overrides the level.
pub(crate) fn start(logs: &LogsSpec) {
    let level = match logs.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match logs.format {
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).init(),
        LogFormat::Text => registry.with(lines.compact()).init(),
    }
}
