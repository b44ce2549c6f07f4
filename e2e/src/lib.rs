//! The whole program from outside: what its tests need to start it, to talk to it as clients do, and to kill it.
//!
//! Nothing of the server is linked here. What the tests know is what everybody can know: the lines that the program
//! prints, its exit codes, and the contract of its REST routes and Socket.IO events.

mod account;
mod api;
mod launch;
mod process;
mod program;
mod servers;
mod socket;
pub mod tool;
mod waiting;

pub use account::Account;
pub use api::{Api, Reply};
pub use launch::{ANY_PORT, Launch};
pub use process::Process;
pub use program::Program;
pub use servers::Servers;
pub use socket::{Lost, Packet, Socket};
pub use waiting::{DEADLINE, eventually, in_time};
