//! What several programs' runs show together, as their seconds come in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Endpoint, Latency, Reading, Source};
use crate::{
    check::Findings,
    measure::{Point, Timings},
    report::Tally,
};

/// The sum of what came in, which somebody may scrape.
#[derive(Debug)]
pub struct Merged {
    latency: Latency,
    sum: Arc<Sum>,
}

#[derive(Debug)]
struct Sum {
    /// Arrivals a second while there are some.
    rate: f64,
    reading: Mutex<Reading>,
}

impl Merged {
    /// Shows it there from now on, for a load of that many arrivals a second.
    #[must_use]
    pub fn show(endpoint: &Endpoint, rate: f64) -> Self {
        let reading = Mutex::new(Reading {
            phase: "preparing",
            ..Reading::default()
        });
        let sum = Arc::new(Sum { rate, reading });
        let latency = endpoint.show(Arc::clone(&sum) as _);
        Self { latency, sum }
    }

    /// One more second of all that go on; the others had found that when they ended.
    pub fn add(&self, point: &Point, found_before: Findings) {
        let mut reading = self.sum.reading();
        reading.counts += point.counts;
        reading.phase = super::collect::phase(&point.phase);
        reading.sockets = point.open.sockets;
        reading.cpu_seconds += point.cpu_seconds;
        let Some(detail) = &point.detail else { return };
        reading.threads = detail.threads;
        reading.findings = found_before;
        reading.findings += detail.findings;
        for (kind, outcome) in &detail.outcomes {
            *reading.outcomes.entry(*kind).or_default() += *outcome;
        }
        for (kind, packed) in &detail.latencies {
            // One that is no histogram came from no agent of ours.
            drop(
                packed
                    .unpack()
                    .map(|timings: Timings| self.latency.observe_all(*kind, &timings)),
            );
        }
    }

    /// What all of them found in the end.
    pub fn conclude(&self, tally: &Tally) {
        let mut reading = self.sum.reading();
        reading.phase = "verifying";
        reading.sockets = 0;
        reading.findings = tally.findings;
        reading.counts = tally.counts;
        reading.outcomes.clone_from(&tally.outcomes);
    }
}

impl Sum {
    /// Right even if a holder panicked: a second that is half in is one that is incomplete.
    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Sum {
    fn read(&self) -> Reading {
        let reading = self.reading().clone();
        let offered = if reading.phase == "sending" { self.rate } else { 0.0 };
        Reading { offered, ..reading }
    }
}
