//! The log and the store in memory: the reference that other adapters are compared with. Nothing is durable here.

mod documents;
mod expiry;
mod log;
mod store;

pub use log::MemoryLog;
pub use store::MemoryStore;
