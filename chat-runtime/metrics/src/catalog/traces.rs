//! Of traces.

use super::label::OUTCOME;
use crate::descriptor::Counter;

/// Spans.
pub const SPANS: Counter = Counter::new(
    "talkline_traces_spans_total",
    "Spans of sampled traces, by outcome: exported, dropped (the queue was full), failed (the collector did not take them)",
)
.by(&[OUTCOME]);
