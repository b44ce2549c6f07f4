//! The laws of the ports as plain async functions, for every adapter to run, and the reference adapters in memory.

pub mod accounts;
pub mod fan_out;
pub mod limits;
pub mod log;
pub mod memory;
pub mod presence;
pub mod script;
pub mod store;
