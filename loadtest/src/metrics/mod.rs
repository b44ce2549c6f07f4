//! Every metric of the harness: names, labels, units, and what each is for.
//!
//! The names are constants, so that dashboards are made of them ([`names`]). Everything but the latencies is read when
//! somebody scrapes, so nothing is counted twice.

mod collect;
mod endpoint;
mod latency;
pub mod names;

pub use collect::{Reading, Source};
pub use endpoint::Endpoint;
pub use latency::Latency;
