//! What a chat is: its types, its rules as pure functions, and the ports that the outside must fill.
//!
//! Nothing here does I/O or reads a clock. [`conversation::apply`] is the heart: what one record of the log does to
//! one conversation. [`port`] says what a log, a store, a bus … must guarantee, and `suite` (a feature, for tests)
//! checks those laws on any adapter. Databases, sockets and frameworks do not belong here.

pub mod checkpoint;
pub mod conversation;
pub mod error;
pub mod event;
pub mod id;
pub mod limit;
pub mod message;
pub mod offset;
pub mod port;
pub mod receipt;
#[cfg(feature = "suite")]
pub mod suite;
pub mod time;
pub mod trace;
pub mod user;

pub use error::{Error, ErrorKind, Result};
