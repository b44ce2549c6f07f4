//! What a run says in the end: figures, the checker's findings, and the verdict.

pub mod baseline;
mod ceiling;
mod conclusion;
mod html;
mod junit;
mod live;
mod markup;
mod table;
mod tally;
mod verdict;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    agent::Share,
    check::Findings,
    measure::{Counted, Kind, Outcome, Quantiles, Timeline, Timings},
    options::Options,
    scenario::Mix,
    steps::Climbed,
};

pub use ceiling::Ceiling;
pub use conclusion::{Conclusion, Outcome as Ended};
pub use html::Html;
pub use junit::JUnit;
pub use live::Live;
pub use tally::{Spent, Tally};
pub use verdict::{Check, Class};

/// The whole report, as it is written as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether every guarantee and every threshold held.
    pub ok: bool,
    /// Guarantees and thresholds that did not hold, one line each.
    pub broken: Vec<String>,
    /// Every guarantee and threshold.
    pub checks: Vec<Check>,
    /// Whether the harness itself was too slow for its schedule, so that the latencies are partly its own.
    pub saturated: bool,
    /// How far the harness could have gone, and why it was too slow if it was.
    pub ceiling: Ceiling,
    /// What was asked for.
    pub load: Asked,
    /// Requests answered a second, of all kinds, over the measured window.
    pub requests_per_second: f64,
    /// 99 % of all requests were faster.
    pub request_p99_ms: f64,
    /// Messages acknowledged a second, over the measured window.
    pub acked_per_second: f64,
    /// Deliveries a second, over the measured window, the senders' own included.
    pub received_per_second: f64,
    /// Latencies from the intended start, by kind.
    pub latency: BTreeMap<String, Latency>,
    /// The kinds of requests: how many, what share, how long.
    pub requests: BTreeMap<Kind, Requests>,
    /// What the checker found.
    pub findings: Findings,
    /// How long after the sending everything had arrived, in ms; `null` when the deadline came first.
    pub settled_ms: Option<u64>,
    /// Requests beside messages that had not ended by then.
    pub unanswered: u64,
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
    /// How often a second they called log, store and cache, as far as their metrics were given.
    #[serde(default)]
    pub operations: BTreeMap<String, f64>,
    /// The programs that shared the load, if several did.
    #[serde(default)]
    pub agents: Vec<Share>,
    /// How the limit was looked for, if it was.
    #[serde(default)]
    pub climbed: Option<Climbed>,
    /// The run second by second.
    pub timeline: Timeline,
}

/// The load that was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The scenario's name.
    pub scenario: String,
    /// The shares of its kinds.
    pub mix: Mix,
    /// Users.
    pub users: usize,
    /// Sockets of all users together.
    pub sockets: usize,
    /// Members of each conversation.
    pub rooms_of: usize,
    /// Arrivals a second.
    pub rate: f64,
    /// Length of the measured window in seconds.
    pub seconds: f64,
    /// Characters of a message's text.
    pub text_length: usize,
}

/// What was timed of one kind: five numbers for people, and everything for programs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Latency {
    /// In five numbers.
    #[serde(flatten)]
    pub quantiles: Quantiles,
    /// All of them, in µs: an HDR histogram, V2, deflated, in Base64.
    pub histogram: Timings,
}

/// The requests of one kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requests {
    /// What became of them, over the whole run.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Answered a second, of those meant to start within the window.
    pub per_second: f64,
    /// The share of all requests, in 0..=1.
    pub share: f64,
    /// Half were faster.
    pub p50_ms: f64,
    /// 99 % were faster.
    pub p99_ms: f64,
}

/// What a process used during the measured window.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Cores kept busy.
    pub cores: f64,
    /// CPU time for each acknowledged message, in µs; `null` when there was none.
    pub cpu_micros_per_message: Option<f64>,
    /// CPU time for each answered request, in µs; `null` when there was none.
    pub cpu_micros_per_request: Option<f64>,
    /// Resident memory at the end of the window, in bytes.
    pub rss_bytes: u64,
    /// How much more that was than at its beginning, in bytes.
    pub rss_growth_bytes: i64,
    /// Written to disks a second, in bytes.
    pub written_bytes_per_second: f64,
}

/// A process of the server's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Process {
    /// As the command line calls it.
    pub name: String,
    /// What it used.
    #[serde(flatten)]
    pub cost: Cost,
}

impl Report {
    /// What the books of a finished run say.
    #[must_use]
    pub fn new(options: &Options, tally: Tally) -> Self {
        let per_second = |count: u64| count as f64 / tally.seconds;
        let counts = tally.counts;
        let requests_per_second = per_second(counts.requests_in_window);
        let cost = |spent: Spent| Cost::of(spent, &tally);
        let ceiling = Ceiling::of(&tally, requests_per_second);
        let servers = tally.servers.iter().map(|(name, spent)| Process {
            name: name.clone(),
            cost: cost(*spent),
        });
        let mut report = Self {
            ok: true,
            broken: Vec::new(),
            checks: Vec::new(),
            saturated: !ceiling.bottlenecks.is_empty(),
            ceiling,
            load: Asked::of(options, tally.seconds),
            requests_per_second,
            request_p99_ms: tally.latencies.requests().at(0.99),
            acked_per_second: per_second(counts.acked_in_window),
            received_per_second: per_second(counts.received_in_window),
            latency: latency(&tally),
            requests: requests(&tally),
            findings: tally.findings,
            settled_ms: tally.settled_ms,
            unanswered: tally.unanswered,
            counts,
            generator: cost(tally.generator),
            bytes_per_connection: tally.bytes_per_connection,
            servers: servers.collect(),
            operations: tally
                .operations
                .iter()
                .map(|(what, calls)| (what.clone(), calls / tally.seconds))
                .collect(),
            agents: Vec::new(),
            climbed: None,
            troubles: tally.troubles,
            timeline: tally.timeline,
        };
        report.hold_to(verdict::checks(&report, options));
        report
    }

    /// As JSON of at most so many bytes, if coarser seconds can make it so; everything else stays as it is.
    ///
    /// # Errors
    /// Never in practice: it is made of what can be written.
    pub fn within(&self, bytes: usize) -> Result<String, serde_json::Error> {
        let mut json = serde_json::to_string(self)?;
        let mut coarser = self.clone();
        while json.len() > bytes && coarser.timeline.points().len() > 1 {
            coarser.timeline.coarsen();
            json = serde_json::to_string(&coarser)?;
        }
        Ok(json)
    }

    /// Judges by further checks too.
    pub fn hold_to(&mut self, checks: Vec<Check>) {
        self.checks.extend(checks);
        self.broken = self.checks.iter().filter_map(|check| check.broken.clone()).collect();
        self.ok = self.broken.is_empty();
    }
}

impl Asked {
    fn of(options: &Options, seconds: f64) -> Self {
        Self {
            scenario: options.scenario.clone(),
            mix: options.mix.clone(),
            users: options.users,
            sockets: options.sockets(),
            rooms_of: options.rooms_of,
            rate: options.rate,
            seconds,
            text_length: options.text_length,
        }
    }
}

/// The four that every run has, and those of the other kinds that there are.
fn latency(tally: &Tally) -> BTreeMap<String, Latency> {
    let always = [Kind::Ack, Kind::Delivery, Kind::History, Kind::Lag];
    let kinds = always.into_iter().chain(tally.latencies.iter().map(|(kind, _)| kind));
    kinds
        .map(|kind| {
            let histogram = tally.latencies.of(kind).clone();
            let quantiles = histogram.quantiles();
            (kind.name().to_owned(), Latency { quantiles, histogram })
        })
        .collect()
}

fn requests(tally: &Tally) -> BTreeMap<Kind, Requests> {
    let all = tally.latencies.requests().count().max(1);
    let kinds = tally.outcomes.iter().filter(|(kind, _)| kind.is_request());
    kinds
        .map(|(kind, outcome)| {
            let timings = tally.latencies.of(*kind);
            let requests = Requests {
                outcome: *outcome,
                per_second: timings.count() as f64 / tally.seconds,
                share: timings.count() as f64 / all as f64,
                p50_ms: timings.at(0.5),
                p99_ms: timings.at(0.99),
            };
            (*kind, requests)
        })
        .collect()
}

impl Cost {
    fn of(spent: Spent, tally: &Tally) -> Self {
        let per = |count: u64| (count > 0).then(|| spent.cpu_seconds * 1e6 / count as f64);
        Self {
            cores: spent.cpu_seconds / tally.seconds,
            cpu_micros_per_message: per(tally.counts.acked_in_window),
            cpu_micros_per_request: per(tally.counts.requests_in_window),
            rss_bytes: spent.rss_bytes,
            rss_growth_bytes: spent.rss_growth_bytes,
            written_bytes_per_second: spent.written_bytes as f64 / tally.seconds,
        }
    }
}
