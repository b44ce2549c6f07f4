//! Which requests are sampled.

/// Which requests are sampled, if anybody wants their spans.
#[derive(Clone, Copy, Debug)]
pub struct Tracing {
    /// Traces of a million that begin here.
    pub samples_per_million: u32,
    /// Requests a second that are sampled because the client's `traceparent` says so.
    pub honoured_per_second: u32,
}

impl Default for Tracing {
    fn default() -> Self {
        Self {
            samples_per_million: 10_000,
            // Enough to look into single clients, and too few to matter beside thousands of requests.
            honoured_per_second: 10,
        }
    }
}
