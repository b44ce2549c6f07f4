//! What a run measures: latencies, counts, and what it cost in CPU and memory.

mod counters;
mod latencies;
mod meter;
pub mod process;

pub use counters::{Counted, Counters};
pub use latencies::{Kind, Quantiles};
pub use meter::{Meter, Window};
