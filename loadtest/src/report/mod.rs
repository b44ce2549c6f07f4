//! What a run says in the end: figures, the checker's findings, and the verdict.

mod table;
mod verdict;

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{
    check::Findings,
    measure::{Counted, Kind, Meter, Quantiles, process::Usage},
    options::Options,
};

/// The whole report, as it is written as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether every guarantee and every threshold held.
    pub ok: bool,
    /// Guarantees and thresholds that did not hold, one line each.
    pub broken: Vec<String>,
    /// Whether the harness itself fell behind its schedule, so that the latencies are partly its own.
    pub saturated: bool,
    /// What was asked for.
    pub load: Asked,
    /// Messages acknowledged a second, over the measured window.
    pub acked_per_second: f64,
    /// Deliveries a second, over the measured window, the senders' own included.
    pub received_per_second: f64,
    /// Latencies from the intended start, by kind.
    pub latency: BTreeMap<&'static str, Quantiles>,
    /// What the checker found.
    pub findings: Findings,
    /// How long after the sending everything had arrived, in ms; `null` when the deadline came first.
    pub settled_ms: Option<u64>,
    /// What was counted, over the whole run.
    pub counts: Counted,
    /// What went wrong on the way, and how often.
    pub troubles: BTreeMap<String, u64>,
    /// What the harness cost.
    pub generator: Cost,
    /// How much the harness's resident memory grew while the sockets were opened, for each of them, in bytes. What
    /// setting up had freed is used first, so it takes thousands of users to be exact.
    pub bytes_per_connection: u64,
    /// What the server's processes cost, those whose ids were given and that lived through the window.
    pub servers: Vec<Process>,
}

/// The load that was asked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Users with one socket each.
    pub users: usize,
    /// Members of each conversation.
    pub rooms_of: usize,
    /// Messages a second.
    pub rate: f64,
    /// Length of the measured window in seconds.
    pub seconds: f64,
    /// Characters of a message's text.
    pub text_length: usize,
}

/// What a process used during the measured window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Cores kept busy.
    pub cores: f64,
    /// CPU time for each acknowledged message, in µs; `null` when there was none.
    pub cpu_micros_per_message: Option<f64>,
    /// Resident memory at the end of the window, in bytes.
    pub rss_bytes: u64,
}

/// A process of the server's.
#[derive(Debug, Clone, Serialize)]
pub struct Process {
    /// As the command line calls it.
    pub name: String,
    /// What it used.
    #[serde(flatten)]
    pub cost: Cost,
}

/// Usage of the harness and of the server's processes at the window's beginning and end.
#[derive(Debug, Clone)]
pub struct Costs {
    /// At the beginning.
    pub from: Sample,
    /// At the end.
    pub to: Sample,
    /// The harness's memory for each idle connection, in bytes.
    pub per_connection: u64,
}

/// What the processes have used up to a moment.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The harness.
    pub generator: Usage,
    /// The server's, in the command line's order; none for one that is gone.
    pub servers: Vec<Option<Usage>>,
}

impl Report {
    /// Puts the books of a finished run together.
    #[must_use]
    pub fn new(
        options: &Options,
        meter: &Meter,
        findings: Findings,
        troubles: BTreeMap<String, u64>,
        costs: Costs,
        settled: Option<Duration>,
    ) -> Self {
        let counts = meter.counters.read();
        let seconds = meter.window_seconds();
        let acked = counts.acked_in_window;
        let mut report = Self {
            ok: true,
            broken: Vec::new(),
            saturated: counts.late * 1_000 > counts.sent,
            load: Asked {
                users: options.users,
                rooms_of: options.rooms_of,
                rate: options.rate,
                seconds,
                text_length: options.text_length,
            },
            acked_per_second: acked as f64 / seconds,
            received_per_second: counts.received_in_window as f64 / seconds,
            latency: Kind::ALL.map(|kind| (kind.name(), meter.quantiles(kind))).into(),
            findings,
            settled_ms: settled.and_then(|settled| u64::try_from(settled.as_millis()).ok()),
            counts,
            troubles,
            generator: Cost::between(costs.from.generator, costs.to.generator, seconds, acked),
            bytes_per_connection: costs.per_connection,
            servers: processes(options, &costs, seconds, acked),
        };
        report.broken = verdict::broken(&report, options);
        report.ok = report.broken.is_empty();
        report
    }
}

fn processes(options: &Options, costs: &Costs, seconds: f64, messages: u64) -> Vec<Process> {
    let used = costs.from.servers.iter().zip(&costs.to.servers);
    let named = options.servers.iter().zip(used);
    named
        .filter_map(|(watched, (from, to))| {
            Some(Process {
                name: watched.name.clone(),
                cost: Cost::between((*from)?, (*to)?, seconds, messages),
            })
        })
        .collect()
}

impl Cost {
    fn between(from: Usage, to: Usage, seconds: f64, messages: u64) -> Self {
        let cpu = to.cpu.saturating_sub(from.cpu).as_secs_f64();
        let cpu_micros_per_message = (messages > 0).then(|| cpu * 1e6 / messages as f64);
        Self {
            cores: cpu / seconds,
            cpu_micros_per_message,
            rss_bytes: to.rss,
        }
    }
}
