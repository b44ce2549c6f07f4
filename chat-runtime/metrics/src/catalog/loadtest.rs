//! The load harness's.

use super::label::{KIND, OUTCOME, PHASE as IN_PHASE};
use crate::descriptor::{Bounds, Counter, Gauge, Histogram};

/// Messages.
pub const SENDS: Counter = Counter::new(
    "talkline_loadtest_sends_total",
    "Messages written to a socket for the first time, or sent over REST",
);

/// Acknowledgements.
pub const ACKNOWLEDGEMENTS: Counter = Counter::new("talkline_loadtest_acknowledgements_total", "Messages acknowledged");

/// Deliveries.
pub const DELIVERIES: Counter = Counter::new(
    "talkline_loadtest_deliveries_total",
    "Messages that sockets received, the senders' own included",
);

/// Requests.
pub const REQUESTS: Counter = Counter::new(
    "talkline_loadtest_requests_total",
    "Requests of the scenario, over REST and sockets, by kind and by what became of them: ok, failed (refused, or no answer), skipped (a \
     queue was full, or there was nothing to ask for)",
)
.by(&[KIND, OUTCOME]);

/// Latencies.
pub const LATENCY: Histogram = Histogram::new(
    "talkline_loadtest_latency_seconds",
    "From when something was meant to start to its end, by kind; delivery is to another member's socket, lag the harness's own lateness",
    Bounds::Listed(&[
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0,
    ]),
)
.seconds()
.by(&[KIND]);

/// Broken guarantees.
pub const FINDINGS: Gauge = Gauge::new(
    "talkline_loadtest_findings",
    "Broken guarantees that the checker has found so far; what is lost is known in the end",
)
.by(&[KIND]);

/// What started late.
pub const LATE: Counter = Counter::new(
    "talkline_loadtest_late_arrivals_total",
    "What started more than 10 ms after its intended start by the harness's own fault",
);

/// What never started.
pub const SHED: Counter = Counter::new(
    "talkline_loadtest_shed_arrivals_total",
    "What was meant to start and was given up, because a bounded queue of the harness was full or there was nothing to ask for",
);

/// Messages sent again.
pub const RETRIES: Counter = Counter::new(
    "talkline_loadtest_retries_total",
    "Messages sent again under the same name",
);

/// Sockets.
pub const SOCKETS: Gauge = Gauge::new(
    "talkline_loadtest_sockets_open",
    "Sockets that are open and authenticated",
);

/// Connections lost.
pub const DISCONNECTS: Counter = Counter::new(
    "talkline_loadtest_disconnects_total",
    "Connections lost, however they ended",
);

/// Connections that never were.
pub const FAILED_CONNECTS: Counter = Counter::new(
    "talkline_loadtest_failed_connects_total",
    "Attempts to connect that failed",
);

/// Where the run stands.
pub const PHASE: Gauge = Gauge::new(
    "talkline_loadtest_phase",
    "Where the run stands: 1 for one of preparing, sending, settling and verifying",
)
.by(&[IN_PHASE]);

/// What is asked for.
pub const OFFERED: Gauge = Gauge::new(
    "talkline_loadtest_offered_rate",
    "Arrivals a second that the schedule asks for now; 0 outside the sending",
);

/// CPU.
pub const CPU: Counter = Counter::new(
    "talkline_loadtest_cpu_seconds_total",
    "CPU time of the harness's process",
)
.seconds();

/// Threads.
pub const THREADS: Gauge = Gauge::new("talkline_loadtest_threads", "Threads that the harness has for its work");
