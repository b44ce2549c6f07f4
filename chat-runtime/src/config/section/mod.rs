//! The sections, one file each: its keys, and how its values become what the part wants.

mod auth;
mod credentials;
mod gateway;
mod history;
mod kafka;
mod limits;
mod logs;
mod mongo;
mod process;
mod redis;
mod retention;
mod tls;
mod traces;
mod url;
mod worker;

pub(crate) use self::{kafka::Kafka, mongo::Mongo, process::Process, redis::Redis, traces::Traces, url::has_password};
use super::key::Key;

/// All keys, in the order in which they are explained.
pub(super) fn keys() -> Vec<Key> {
    let sections = [
        process::keys(),
        kafka::keys(),
        mongo::keys(),
        redis::keys(),
        gateway::keys(),
        history::keys(),
        auth::keys(),
        limits::keys(),
        retention::keys(),
        worker::keys(),
        logs::keys(),
        traces::keys(),
    ];
    sections.into_iter().flatten().collect()
}

/// What each section is for.
pub(super) fn title(section: Option<&str>) -> &'static str {
    match section {
        None => "The process",
        Some("kafka") => "Kafka: the log",
        Some("mongo") => "MongoDB: the store",
        Some("redis") => "Redis: fan-out, presence, limits and newest messages",
        Some("gateway") => "The gateway's HTTP",
        Some("sockets") => "The gateway's sockets",
        Some("drain") => "How a gateway goes away",
        Some("history") => "The newest messages of conversations",
        Some("auth") => "Logins and tokens",
        Some("limits") => "What one user may do",
        Some("retention") => "How long things are kept",
        Some("worker") => "The worker",
        Some("logs") => "Logs",
        Some(_) => "Traces",
    }
}
