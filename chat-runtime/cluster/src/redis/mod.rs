//! Fan-out, presence, limits and newest messages on Redis 7: one server, one behind sentinels, or a cluster.
//!
//! Redis is a cache, a directory and a bus here, never the truth: losing all of it loses no message and no number.
//! Every call is bounded by the [`Config`]'s timeout, and costs nothing while Redis is known not to answer (`nodes`).
//!
//! The library's own cluster client is not used, for two reasons: publishes of a batch are to go out in one round trip
//! a node, and it takes the `sunsubscribe` that a server sends on its own (when a slot moves away) for the answer to
//! whatever it asked last, after which every answer is somebody else's. So subscriptions have connections of their
//! own, which are given up when that happens (`fan_out/link.rs`).

mod client;
mod config;
mod error;
mod fan_out;
mod limits;
mod metrics;
mod names;
mod nodes;
mod presence;
mod provision;
mod recent;
mod script;

pub use client::Redis;
pub use config::{Config, Mode, Sentinel};
pub use metrics::Metrics;
pub use provision::{provision, remove};
