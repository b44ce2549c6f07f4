//! The chat over sockets, on a gateway that really runs: embedded adapters, a worker, a client that hides nothing.

mod bad_events;
mod catching_up;
mod chatting;
mod client;
mod faulty;
mod gateway;
mod lossy;
mod membership;
mod sessions;
