//! The log, the store and the cache in memory: the reference that other adapters are compared with. Nothing is durable here.

mod documents;
mod expiry;
mod log;
mod recent;
mod store;

pub use log::MemoryLog;
pub use recent::MemoryRecent;
pub use store::MemoryStore;
