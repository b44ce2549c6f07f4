//! The names of the harness's metrics, as `# TYPE` lines show them. A sample of a counter has `_total` behind it, one of a
//! histogram `_bucket`, `_sum` or `_count`.

/// Counter: messages written to a socket for the first time, or sent over REST.
pub const SENDS: &str = "talkline_loadtest_sends";

/// Counter: messages acknowledged.
pub const ACKNOWLEDGEMENTS: &str = "talkline_loadtest_acknowledgements";

/// Counter: messages that sockets received, the senders' own included.
pub const DELIVERIES: &str = "talkline_loadtest_deliveries";

/// Counter by [`KIND`] and [`OUTCOME`]: requests of the scenario, over REST and sockets.
pub const REQUESTS: &str = "talkline_loadtest_requests";

/// Histogram in seconds by [`KIND`], classic and native: from when something was meant to start to its end.
pub const LATENCY: &str = "talkline_loadtest_latency_seconds";

/// Gauge by [`KIND`] (`lost`, `duplicated`, `reordered`, …): broken guarantees that the checker has found so far.
pub const FINDINGS: &str = "talkline_loadtest_findings";

/// Counter: what started more than 10 ms after its intended start by the harness's own fault.
pub const LATE: &str = "talkline_loadtest_late_arrivals";

/// Counter: what was meant to start and was given up, because a bounded queue of the harness was full.
pub const SHED: &str = "talkline_loadtest_shed_arrivals";

/// Counter: messages sent again under the same name.
pub const RETRIES: &str = "talkline_loadtest_retries";

/// Gauge: sockets that are open and authenticated.
pub const SOCKETS: &str = "talkline_loadtest_sockets_open";

/// Counter: connections lost, however they ended.
pub const DISCONNECTS: &str = "talkline_loadtest_disconnects";

/// Counter: attempts to connect that failed.
pub const FAILED_CONNECTS: &str = "talkline_loadtest_failed_connects";

/// Gauge by [`PHASE_LABEL`], one of which is 1: where the run stands.
pub const PHASE: &str = "talkline_loadtest_phase";

/// Gauge, arrivals a second: the rate that the schedule asks for now; 0 outside the sending.
pub const OFFERED: &str = "talkline_loadtest_offered_rate";

/// Counter in seconds: CPU time of the harness's process.
pub const CPU: &str = "talkline_loadtest_cpu_seconds";

/// Gauge: threads that the harness has for its work; so many seconds of [`CPU`] a second are all that it can use.
pub const THREADS: &str = "talkline_loadtest_threads";

/// Label: the kind of a request, of a latency, or of a finding.
pub const KIND: &str = "kind";

/// Label: `ok`, `failed` (refused, or no answer) or `skipped` (not made: a queue was full, or nothing there to ask for).
pub const OUTCOME: &str = "outcome";

/// Label: `preparing`, `sending`, `settling` or `verifying`.
pub const PHASE_LABEL: &str = "phase";

/// Every metric, for who checks that none is forgotten.
pub const ALL: [&str; 16] = [
    SENDS,
    ACKNOWLEDGEMENTS,
    DELIVERIES,
    REQUESTS,
    LATENCY,
    FINDINGS,
    LATE,
    SHED,
    RETRIES,
    SOCKETS,
    DISCONNECTS,
    FAILED_CONNECTS,
    PHASE,
    OFFERED,
    CPU,
    THREADS,
];
