//! Store and accounts on MongoDB.

mod config;

pub use config::{Config, HistoryReads};
