//! Everything but the latencies, read when somebody scrapes.

use std::{collections::BTreeMap, fmt, sync::Arc, time::SystemTime};

use prometheus_client::{
    collector::Collector,
    encoding::DescriptorEncoder,
    metrics::{counter::ConstCounter, exemplar::CounterWithExemplar, gauge::ConstGauge},
};
use talkline_metrics::{
    catalog::{
        label::{KIND, OUTCOME, PHASE},
        loadtest,
    },
    descriptor::Counter,
};

use crate::{
    check::Findings,
    measure::{Counted, Kind, Outcome},
};

/// The phases that a run goes through, as [`PHASE`] has them.
const PHASES: [&str; 4] = ["preparing", "sending", "settling", "verifying"];

/// What a run has to show at a moment.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What was counted.
    pub counts: Counted,
    /// What became of the requests.
    pub outcomes: BTreeMap<Kind, Outcome>,
    /// The trace of the newest request of a kind that failed, as its answer has it, and when that was.
    pub failed_traces: BTreeMap<Kind, (String, SystemTime)>,
    /// What the checker has found so far.
    pub findings: Findings,
    /// `preparing`, `sending`, `settling` or `verifying`.
    pub phase: &'static str,
    /// Sockets that are open.
    pub sockets: u64,
    /// Arrivals a second that the schedule asks for now.
    pub offered: f64,
    /// CPU time of the process so far, in seconds.
    pub cpu_seconds: f64,
    /// Threads for the harness's work.
    pub threads: u64,
}

/// Where readings come from: the run that goes on. None of it is held longer than a reading takes.
pub trait Source: fmt::Debug + Send + Sync + 'static {
    /// Now.
    fn read(&self) -> Reading;
}

/// A [`Source`] as Prometheus wants it.
#[derive(Debug)]
pub(super) struct Collected(pub(super) Arc<dyn Source>);

impl Reading {
    fn counters(&self) -> [(Counter, u64); 8] {
        let counts = &self.counts;
        [
            (loadtest::SENDS, counts.sent),
            (loadtest::ACKNOWLEDGEMENTS, counts.acked),
            (loadtest::DELIVERIES, counts.received),
            (loadtest::LATE, counts.late + counts.crowded),
            (loadtest::SHED, self.shed()),
            (loadtest::RETRIES, counts.retries),
            (loadtest::DISCONNECTS, counts.disconnects),
            (loadtest::FAILED_CONNECTS, counts.failed_connects),
        ]
    }

    /// What was given up: it is its kinds' `skipped`, and messages of which a user's backlog was full.
    fn shed(&self) -> u64 {
        let skipped = self.outcomes.values().map(|outcome| outcome.skipped);
        skipped.sum::<u64>()
    }
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (reading, encoder) = (self.0.read(), &mut encoder);
        for (counter, total) in reading.counters() {
            counter.write(encoder, &ConstCounter::new(total))?;
        }
        loadtest::REQUESTS.write_each(encoder, requests(&reading))?;
        let findings = reading.findings.named().into_iter();
        let findings = findings.map(|(name, found)| ([(KIND, name)], ConstGauge::new(found as f64)));
        loadtest::FINDINGS.write_each(encoder, findings)?;
        let phases = PHASES.map(|phase| {
            let stands = i64::from(phase == reading.phase);
            ([(PHASE, phase)], ConstGauge::new(stands))
        });
        loadtest::PHASE.write_each(encoder, phases)?;
        loadtest::SOCKETS.write(encoder, &ConstGauge::new(reading.sockets as f64))?;
        loadtest::OFFERED.write(encoder, &ConstGauge::new(reading.offered))?;
        loadtest::THREADS.write(encoder, &ConstGauge::new(reading.threads as f64))?;
        loadtest::CPU.write(encoder, &ConstCounter::new(reading.cpu_seconds))
    }
}

/// The phase of that name, or none of them.
pub(super) fn phase(name: &str) -> &'static str {
    PHASES.into_iter().find(|phase| *phase == name).unwrap_or_default()
}

/// The labels of a counter of requests.
type OfRequests = [(&'static str, &'static str); 2];

/// What became of the requests of each kind; those that failed have the newest one's trace for an exemplar.
fn requests(reading: &Reading) -> Vec<(OfRequests, Total)> {
    let mut counters = Vec::new();
    for (kind, outcome) in &reading.outcomes {
        let outcomes = [
            ("ok", outcome.ok, None),
            ("failed", outcome.failed, reading.failed_traces.get(kind)),
            ("skipped", outcome.skipped, None),
        ];
        for (outcome, total, trace) in outcomes {
            counters.push(([(KIND, kind.name()), (OUTCOME, outcome)], counter(total, trace)));
        }
    }
    counters
}

/// A total, perhaps with a trace.
type Total = CounterWithExemplar<Vec<(String, String)>>;

fn counter(total: u64, trace: Option<&(String, SystemTime)>) -> Total {
    let counter = Total::default();
    match trace {
        Some((id, at)) if total > 0 => {
            counter.inc_by(total - 1, None, None);
            counter.inc_by(1, Some(vec![("trace_id".to_owned(), id.clone())]), Some(*at));
        }
        _ => _ = counter.inc_by(total, None, None),
    }
    counter
}
