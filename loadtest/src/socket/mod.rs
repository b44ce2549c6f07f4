//! A Socket.IO client small enough to have tens of thousands of: WebSocket transport, Engine.IO v4, Socket.IO v5.
//!
//! From the bytes up: [`upgrade`] turns a TCP stream into a WebSocket, [`frame`] and [`packet`] are the codecs (pure, on
//! byte slices), [`event`] reads the contract's payloads, and [`connection`] puts them together. What the events mean
//! for a run does not belong here.

pub mod connection;
pub mod event;
pub mod frame;
pub mod packet;
pub mod upgrade;
