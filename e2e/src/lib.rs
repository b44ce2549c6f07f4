//! The whole program from outside: what its tests need to start it, to talk to it as clients do, and to kill it.
//!
//! Nothing of the server is linked here. What the tests know is what everybody can know: the lines that the program
//! prints, its exit codes, and the contract of its REST routes and Socket.IO events.

mod account;
mod api;
mod backend;
mod binary;
mod cluster;
pub mod faults;
mod launch;
mod load;
mod ports;
mod process;
mod program;
mod proxy;
pub mod servers;
mod socket;
pub mod tool;
mod waiting;

pub use account::Account;
pub use api::{Api, Reply};
pub use backend::{Backend, Chat};
pub use binary::program;
pub use cluster::{Cluster, Environment, Member, Role};
pub use launch::{ANY_PORT, Launch};
pub use load::{Load, Run, Verdict};
pub use process::{Process, Signal};
pub use program::Program;
pub use proxy::Proxy;
pub use servers::Servers;
pub use socket::{Lost, Packet, Socket};
pub use waiting::{DEADLINE, again_and_again, eventually, in_time, in_time_of};
