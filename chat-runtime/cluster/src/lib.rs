//! The ports on real servers, for many gateways and many workers.
//!
//! One module a server, each with the same files: `config` (what an operator can set), `error` (the server's errors as
//! the port's), `metrics`, and one file or folder a port. Nothing here reads files of settings or the environment:
//! programs fill the `Config`s in. Nothing here knows gateway, worker or the ChatCluster.

mod credentials;
mod identity;
pub mod kafka;
pub mod mongo;
pub mod provision;
pub mod redis;
mod secret;
mod tls;

pub use credentials::Credentials;
pub use identity::LogIdentity;
pub use secret::Secret;
pub use tls::{Identity, Tls};
