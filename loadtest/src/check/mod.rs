//! The checker: did every acknowledged message reach every member, exactly once, in one order?
//!
//! One [`Room`] per conversation is told what its members sent and saw, in the order in which it happened, and judges it
//! against the contract's guarantees. It is a pure state machine: no clock, no I/O, times are numbers it only hands back.
//!
//! What counts as broken follows from what a client may rely on:
//! - over one connection, live messages come in ascending `seq`: an older one is *reordered*, the same again *duplicated*;
//! - a gap is no fault by itself: the client asks with `chat:sync`, whose answer may overlap with what comes live;
//! - a new connection may repeat what an earlier one brought, as long as it is the same message under the same `seq`;
//! - at the end the history holds every acknowledged message once, without a hole, and every member has all of it.

mod findings;
mod ranges;
mod room;
#[cfg(test)]
mod tests;

pub use findings::Findings;
pub use room::{Acknowledged, Arrival, MessageKey, Receipt, Room, Via};
