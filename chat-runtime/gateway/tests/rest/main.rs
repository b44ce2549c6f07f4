//! REST as a client meets it: over a real socket, with a real store, log and worker behind it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test says so with a panic, and describes itself by its name"
)]

mod bad_input;
mod conversations;
mod documents;
mod edge;
mod limits;
mod login;
mod messages;
mod platform;
mod search;
#[path = "../stage/mod.rs"]
mod stage;
