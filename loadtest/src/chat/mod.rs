//! The engine of every scenario: people log in, open conversations, and do over sockets and REST what the scenario's mix says.
//!
//! Two engines run side by side, because neither can do the other's part:
//!
//! - **goose** carries the scenario and everything over REST. A few goose users (`--crew`) go once through the steps in
//!   `crew`: `accounts`, `conversations`, then `jobs` while the sockets are busy, and `verify` at the end. Each
//!   step shares out a `worklist`, so the crew's size bounds how many requests are made at a time. Goose counts and
//!   times these requests for its own report.
//! - **sessions** carry the load: one task for each user, with one socket and an open-loop schedule of its own
//!   (`session`). Goose has no part in their pace: its throttle would start the clock when a request gets its turn,
//!   which hides exactly the waiting that a slow server causes. So a session measures from the intended start, into the
//!   histograms of [`crate::measure`], and a sample of these times goes to goose through a bounded queue (`jobs`),
//!   because only a goose user (`&mut GooseUser`) can record them.
//!
//! Both meet in `load`, which holds the accounts, one checker for each conversation, the phase of the run and the
//! queues. The `conductor` moves it from phase to phase:
//!
//! ```text
//! register, open ──► Connecting ──► Sending ──► Settling ──► Verifying ──► report
//!    (goose)         (sessions over the ramp)     (all arrived, or deadline)   (goose)
//! ```
//!
//! A lost connection is part of the test and not its end: `session` connects again with jitter, `sync` asks for what
//! was missed, and the `outbox` sends what was not acknowledged again under the same name.

mod accounts;
mod backoff;
mod changing;
mod command;
mod conductor;
mod conversations;
mod crew;
mod gauge;
mod groups;
mod history;
mod holding;
mod inbox;
mod jobs;
mod load;
mod message_name;
mod newcomers;
mod opening;
mod outbox;
mod progress;
mod requests;
mod rest;
mod session;
mod stage;
mod sync;
mod verify;
mod worklist;

pub use conductor::{Error, run};
pub use stage::{Gate, Stage};
