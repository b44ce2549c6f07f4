//! What a run measures: latencies, counts, and what it cost in CPU and memory.

mod counters;
mod kind;
mod latencies;
mod meter;
pub mod operations;
mod outcomes;
pub mod process;
mod timeline;

pub use counters::{Counted, Counters};
pub use kind::{Kind, Way};
pub use latencies::{Latencies, Packed, Quantiles, Timings};
pub use meter::{Meter, Window};
pub use outcomes::{Outcome, Outcomes};
pub use timeline::{Detail, Open, Point, Timeline};
