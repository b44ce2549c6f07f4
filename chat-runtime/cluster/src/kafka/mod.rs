//! The log on Kafka.
//!
//! What a worker has done is said by the store's mark, never by Kafka's committed offsets: those are for whoever
//! watches lag. A topic that is made anew gets the next generation, so that offsets go on.

mod client;
mod config;
mod context;
mod dead_letters;
mod deliveries;
mod error;
mod group;
mod holding;
#[expect(
    clippy::module_inception,
    reason = "the type is what the module is about, and a file has one idea"
)]
mod kafka;
mod log;
mod lookup;
mod metrics;
mod oauth;
mod producer;
mod provision;
mod reader;
mod renewal;
mod topics;
mod trace_header;

pub use config::{Compression, Config, Mechanism, Sasl};
pub use kafka::Kafka;
pub use metrics::Metrics;
pub use provision::{Provisioned, provision, remove};
pub use topics::{Topic, commands, topics, workers};
