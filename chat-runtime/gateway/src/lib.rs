//! The chat at the edge: REST and Socket.IO in front of the log, the store and the fan-out.
//!
//! [`Gateway`] is the whole of it, on one listener. Inside, [`chat`] is what one can do; [`rest`] and [`realtime`] are
//! two ways to it, the latter over the socket [`engine`]; [`auth`] says who asks and [`limits`] how often; a failure is
//! a [`problem`] with a stable code. [`admin`] is for the platform. Adapters are never named here: [`ports`] are given.

pub mod admin;
pub mod auth;
pub mod chat;
pub mod clock;
pub mod config;
pub mod engine;
mod gateway;
pub mod health;
pub mod limits;
pub mod metrics;
pub mod ports;
pub mod problem;
pub mod realtime;
pub mod rest;
pub mod trace;
pub mod web;
pub mod wire;

pub use gateway::{Gateway, Settings};
pub use ports::Ports;
