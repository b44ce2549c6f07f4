//! Where the spans of sampled traces go.

use std::time::SystemTime;

use crate::trace::Span;

/// A way out for spans, with the clock and the ids that they need.
///
/// Law:
/// 1. No call waits or fails: spans tell of the work, and never hold it up.
/// 2. What cannot be kept is dropped, and counted. How much is kept is bounded.
/// 3. The clock does not go back: a span ends no earlier than it began, and after what ended inside it.
pub trait Spans: Send + Sync {
    /// The id of a span that begins, never 0, and the time.
    fn begin(&self) -> (u64, SystemTime);

    /// The span ends now.
    fn end(&self, span: Span);
}
