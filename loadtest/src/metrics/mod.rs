//! The harness's metrics for Prometheus: the constants of [`talkline_metrics::catalog::loadtest`], of which dashboards are made too.
//!
//! Everything but the latencies is read when somebody scrapes, so nothing is counted twice.

mod collect;
mod endpoint;
mod latency;
mod merged;

pub use collect::{Reading, Source};
pub use endpoint::Endpoint;
pub use latency::Latency;
pub use merged::Merged;
