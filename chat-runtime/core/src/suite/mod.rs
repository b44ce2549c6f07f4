//! The laws of the ports as plain async functions, for every adapter to run, and the reference adapters in memory.

pub mod memory;
pub mod script;
pub mod store;
