//! Everything but the latencies, read when somebody scrapes.

use std::{collections::BTreeMap, fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Unit,
};

use super::names;
use crate::{
    check::Findings,
    measure::{Counted, Kind, Outcome},
};

/// The phases that a run goes through, as [`names::PHASE_LABEL`] has them.
const PHASES: [&str; 4] = ["preparing", "sending", "settling", "verifying"];

/// What a run has to show at a moment.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What was counted.
    pub counts: Counted,
    /// What became of the requests.
    pub outcomes: BTreeMap<Kind, Outcome>,
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
    /// Name, help, total.
    fn counters(&self) -> [(&'static str, &'static str, u64); 7] {
        let counts = &self.counts;
        let connects = counts.failed_connects;
        [
            (names::SENDS, "Messages sent for the first time", counts.sent),
            (names::ACKNOWLEDGEMENTS, "Messages acknowledged", counts.acked),
            (
                names::DELIVERIES,
                "Messages that sockets received, the senders' own included",
                counts.received,
            ),
            (
                names::LATE,
                "What started more than 10 ms after its intended start by the harness's own fault",
                counts.late + counts.crowded,
            ),
            (
                names::RETRIES,
                "Messages sent again under the same name",
                counts.retries,
            ),
            (names::DISCONNECTS, "Connections lost", counts.disconnects),
            (names::FAILED_CONNECTS, "Attempts to connect that failed", connects),
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
        let reading = self.0.read();
        for (name, help, total) in reading.counters() {
            count(&mut encoder, name, help, total)?;
        }
        let help = "What was meant to start and was given up, because a bounded queue was full or there was nothing to ask for";
        count(&mut encoder, names::SHED, help, reading.shed())?;
        requests(&mut encoder, &reading)?;
        findings(&mut encoder, &reading)?;
        phase(&mut encoder, &reading)?;
        gauge(
            &mut encoder,
            names::SOCKETS,
            "Sockets that are open",
            reading.sockets as f64,
        )?;
        let help = "Arrivals a second that the schedule asks for now; 0 outside the sending";
        gauge(&mut encoder, names::OFFERED, help, reading.offered)?;
        let help = "Threads that the harness has for its work";
        gauge(&mut encoder, names::THREADS, help, reading.threads as f64)?;
        let cpu = ConstCounter::new(reading.cpu_seconds);
        let name = names::CPU.trim_end_matches("_seconds");
        let help = "CPU time of the harness's process";
        cpu.encode(encoder.encode_descriptor(name, help, Some(&Unit::Seconds), cpu.metric_type())?)
    }
}

fn count(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, total: u64) -> fmt::Result {
    let counter = ConstCounter::new(total);
    counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

fn requests(encoder: &mut DescriptorEncoder<'_>, reading: &Reading) -> fmt::Result {
    let counter = ConstCounter::new(0_u64);
    let help = "Requests of the scenario, over REST and sockets, by kind and by what became of them";
    let mut family = encoder.encode_descriptor(names::REQUESTS, help, None, counter.metric_type())?;
    for (kind, outcome) in &reading.outcomes {
        let outcomes = [
            ("ok", outcome.ok),
            ("failed", outcome.failed),
            ("skipped", outcome.skipped),
        ];
        for (outcome, total) in outcomes {
            let labels = [(names::KIND, kind.name()), (names::OUTCOME, outcome)];
            ConstCounter::new(total).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn findings(encoder: &mut DescriptorEncoder<'_>, reading: &Reading) -> fmt::Result {
    let help = "Broken guarantees that the checker has found so far; what is lost is known in the end";
    let kind = ConstGauge::new(0_i64).metric_type();
    let mut family = encoder.encode_descriptor(names::FINDINGS, help, None, kind)?;
    for (name, found) in reading.findings.named() {
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        ConstGauge::new(found).encode(family.encode_family(&[(names::KIND, name)])?)?;
    }
    Ok(())
}

fn phase(encoder: &mut DescriptorEncoder<'_>, reading: &Reading) -> fmt::Result {
    let kind = ConstGauge::new(0_i64).metric_type();
    let help = "Where the run stands: 1 for one of the phases";
    let mut family = encoder.encode_descriptor(names::PHASE, help, None, kind)?;
    for phase in PHASES {
        let current = ConstGauge::new(i64::from(phase == reading.phase));
        current.encode(family.encode_family(&[(names::PHASE_LABEL, phase)])?)?;
    }
    Ok(())
}
