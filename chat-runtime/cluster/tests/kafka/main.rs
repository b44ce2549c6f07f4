//! The log on a real Kafka: the law of the port, and what only a broker can show.
//!
//! Each test has topics of its own; those that break a broker have a broker of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod appending;
mod dead_letters;
mod faults;
mod group;
mod law;
mod marks;
mod provision;
mod security;
mod topics;
mod world;
