//! What the metrics of all programs have in common: what there is ([`catalog`]), the form of their histograms, what every
//! process tells of itself, and how a registry is written for who scrapes it.

pub mod catalog;
pub mod descriptor;
mod exposition;
mod process;

use prometheus_client::metrics::histogram::{Histogram, NativeHistogramConfig};

pub use exposition::{Exposition, OPEN_METRICS, PROTOBUF};
pub use process::Process;

/// Native buckets of a histogram at most. Past it, they become twice as wide.
const NATIVE_BUCKETS: usize = 160;

/// A histogram with these upper bounds, ascending and in the metric's unit, and beside them with native buckets, each a tenth
/// wider than the one below it. Which of the two a server gets is for its scrape to say: see [`Exposition::asked`].
pub fn histogram(bounds: impl IntoIterator<Item = f64>) -> Histogram {
    Histogram::new_classic_and_native(bounds, NativeHistogramConfig::default().max_buckets(NATIVE_BUCKETS))
}
