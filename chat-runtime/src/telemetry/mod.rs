//! What the process tells of itself besides its metrics: logs, and the spans of sampled traces.

mod exporting;
mod logs;
mod metrics;
mod otlp;
mod queue;
mod traces;

pub(crate) use self::{logs::start, metrics::Metrics, traces::Traces};
