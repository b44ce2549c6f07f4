//! MongoDB: the ports' laws, and what only a server that is shared, and can fail, puts to the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod database;
mod faults;
mod membership;
mod opening;
mod plans;
mod ports;
mod provision;
mod races;
mod restart;
mod router;
mod script;
mod search;
mod security;
mod set_of_three;
mod wire;
