//! The log, the store and spans in memory: the reference that other adapters are compared with. Nothing is durable here.

mod documents;
mod expiry;
mod log;
mod spans;
mod store;

pub use log::MemoryLog;
pub use spans::MemorySpans;
pub use store::MemoryStore;
