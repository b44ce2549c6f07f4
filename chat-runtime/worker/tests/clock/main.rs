//! What a worker does when its time has come. The clock is paused, so that hours are no time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share is a test too"
)]

mod anew;
mod pace;
mod retention;
mod scene;
