//! The laws of the ports as plain async functions, for every adapter to run, and the reference adapters in memory.
#![allow(clippy::unwrap_used, reason = "a law that does not hold ends its suite with a panic")]

pub mod accounts;
pub mod dead_letters;
pub mod fan_out;
pub mod limits;
pub mod log;
pub mod memory;
pub mod presence;
pub mod recent;
pub mod script;
pub mod search;
pub mod store;
