//! The worker: from the log to the store to the sockets.
//!
//! It is a deterministic function of the log. What decides over a record is in the record or in documents that carry
//! offsets, so two workers that both believe that they own a partition compute the same numbers and write the same
//! documents. [`Worker`] owns the tasks, one [`Sequencer`] per partition does the work, and
//! [`talkline_core::conversation::apply`] holds the rules. Beside them, [`Retention`] removes what is too old. Nothing
//! here knows a database, a broker or a socket.

mod freshening;
mod metrics;
mod retention;
mod retry;
mod sequencer;
#[cfg(feature = "suite")]
pub mod suite;
mod telling;
mod traced;
mod worker;

pub use metrics::Metrics;
pub use retention::{Kept, Retention};
pub use sequencer::Sequencer;
pub use worker::{Config, Ports, Worker};
