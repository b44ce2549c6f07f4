//! The log, the store, the cache and spans in memory: the reference that other adapters are compared with. Nothing is
//! durable here.

mod documents;
mod expiry;
mod log;
mod recent;
mod spans;
mod store;

pub use log::MemoryLog;
pub use recent::MemoryRecent;
pub use spans::MemorySpans;
pub use store::MemoryStore;
