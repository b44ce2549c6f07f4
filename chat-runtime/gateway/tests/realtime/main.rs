//! The chat over sockets, on a gateway that really runs: embedded adapters, a worker, a client that hides nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bad_events;
mod catching_up;
mod chatting;
mod client;
mod counting;
mod expiring;
mod faulty;
mod gateway;
mod history;
mod lossy;
mod membership;
mod observed;
mod poller;
mod sessions;
mod sockets_per_user;
