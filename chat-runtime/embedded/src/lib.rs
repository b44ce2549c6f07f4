//! The ports on one machine: log, store and accounts in one SQLite file, fan-out, limits and presence in memory, and the
//! search in a file beside, derived from the first.
//!
//! [`Embedded::open`] is the way in; what it gives are the ports of `talkline_core`. Nothing outside this crate and
//! the composition roots names it. What a chat is does not belong here, nor does anything that needs a network.

mod accounts;
mod database;
mod embedded;
mod log;
mod memory;
mod options;
mod search;
mod store;

pub use database::OpenError;
pub use embedded::Embedded;
pub use options::Options;
