//! How far the harness itself could have gone: a report is about the server only as long as the harness is not full.

use serde::{Deserialize, Serialize};

use super::Tally;

/// A harness that uses more of its threads than this is full.
const FULL: f64 = 0.9;

/// Below this share of its threads, how far it could go can not be told from how far it went.
const IDLE: f64 = 0.05;

/// More than one in so many that start late are too many.
const LATE: u64 = 1_000;

/// More than one in so many that wait for a goose user are too many: a slow server makes some wait too.
const CROWDED: u64 = 100;

/// The harness's own limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ceiling {
    /// Threads that it had for its work.
    pub threads: usize,
    /// The share of them that it used, in 0..=1.
    pub busy: f64,
    /// Requests a second at which all of them would be used, if a request costs then what it cost here; `null` when it was too
    /// idle to tell.
    pub requests_per_second: Option<f64>,
    /// Why the figures are partly the harness's own, one line each; none when they are the server's.
    pub bottlenecks: Vec<String>,
}

impl Ceiling {
    /// Of a run with that many requests a second.
    #[must_use]
    pub fn of(tally: &Tally, requests_per_second: f64) -> Self {
        let busy = tally.generator.cpu_seconds / tally.seconds / tally.threads.max(1) as f64;
        Self {
            threads: tally.threads,
            busy,
            requests_per_second: (busy > IDLE).then(|| requests_per_second / busy),
            bottlenecks: bottlenecks(tally, busy),
        }
    }
}

fn bottlenecks(tally: &Tally, busy: f64) -> Vec<String> {
    let counts = &tally.counts;
    let mut reasons = Vec::new();
    if busy > FULL {
        let cores = tally.generator.cpu_seconds / tally.seconds;
        reasons.push(format!(
            "it used {cores:.2} of its {} threads: give it more (--workers), or spread it over --agents",
            tally.threads
        ));
    }
    let started = counts.requests + counts.signals;
    if counts.late * LATE > started {
        reasons.push(format!(
            "{} of {started} arrivals started more than 10 ms late",
            counts.late
        ));
    }
    if counts.crowded * CROWDED > started {
        reasons.push(format!(
            "{} requests over REST waited for a free goose user: raise --crew",
            counts.crowded
        ));
    }
    reasons
}
