//! talkline-loadtest
pub mod check;
pub mod measure;
pub mod schedule;
pub mod socket;
pub mod target;
