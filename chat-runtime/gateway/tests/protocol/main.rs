//! What the Engine.IO 4 and Socket.IO 5 protocols, and the client contract on top of them, require of the engine:
//! checked from outside, by raw HTTP and WebSocket clients against a server in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod backlog;
mod client;
mod close;
mod events;
mod handshake;
mod heartbeat;
mod namespace;
mod polling;
mod server;
mod upgrade;
