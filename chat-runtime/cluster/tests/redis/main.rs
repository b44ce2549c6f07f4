//! The ports on a real Redis: the suites over each topology, and what a Redis that dies, forgets or moves does to them.
//!
//! The shared set of servers runs the suites; what breaks Redis has a set of its own.

mod breaking;
mod bus;
mod moving;
mod newest;
mod provision;
mod scale;
mod stage;
mod suites;
mod whereabouts;
mod window;
