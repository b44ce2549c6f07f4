//! Fan-out, presence and limits on Redis.

mod config;

pub use config::{Config, Mode, Sentinel};
