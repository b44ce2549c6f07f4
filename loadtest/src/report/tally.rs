//! The books of one program's run, and of several together: everything a report is made of, and nothing lost in adding up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    check::Findings,
    measure::{Counted, Kind, Latencies, Outcome, Timeline, operations::Operations, process::Usage},
    options::Watched,
};

/// What a run leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Length of the measured window.
    pub seconds: f64,
    /// What was counted, over the whole run.
    pub counts: Counted,
    /// What became of the requests, over the whole run.
    pub outcomes: BTreeMap<Kind, Outcome>,
    /// Of everything that was meant to start within the window.
    pub latencies: Latencies,
    /// What the checker found.
    pub findings: Findings,
    /// What went wrong on the way, and how often.
    pub troubles: BTreeMap<String, u64>,
    /// How long after the sending everything had arrived; none when the deadline came first.
    pub settled_ms: Option<u64>,
    /// Requests beside messages that had not ended by then.
    pub unanswered: u64,
    /// The run second by second.
    pub timeline: Timeline,
    /// What the harness used during the window.
    pub generator: Spent,
    /// Threads that it had.
    pub threads: usize,
    /// How much the harness's memory grew for each socket.
    pub bytes_per_connection: u64,
    /// What the server's processes used during the window, by the name that the command line gives them.
    pub servers: Vec<(String, Spent)>,
    /// How often they called log, store and cache during the window.
    pub operations: Operations,
}

/// What a process used during the measured window.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// CPU time, in seconds.
    pub cpu_seconds: f64,
    /// Resident memory at the end.
    pub rss_bytes: u64,
    /// How much more that was than at the beginning; negative if less.
    pub rss_growth_bytes: i64,
    /// Written to disks.
    pub written_bytes: u64,
}

impl Spent {
    /// Between two moments.
    #[must_use]
    pub fn between(from: Usage, to: Usage) -> Self {
        Self {
            cpu_seconds: to.cpu.saturating_sub(from.cpu).as_secs_f64(),
            rss_bytes: to.rss,
            rss_growth_bytes: to.rss.cast_signed().wrapping_sub(from.rss.cast_signed()),
            written_bytes: to.written.saturating_sub(from.written),
        }
    }

    /// What these processes have used so far, in their order; none for one that is not there.
    #[must_use]
    pub fn read(processes: &[Watched]) -> Vec<Option<Usage>> {
        processes.iter().map(|it| Usage::read(Some(it.pid)).ok()).collect()
    }

    /// What they have used since then, each with its name. A server that was killed and started again meanwhile has another id:
    /// no figure then, rather than a wrong one.
    #[must_use]
    pub fn since(processes: &[Watched], before: &[Option<Usage>]) -> Vec<(String, Self)> {
        let used = before.iter().zip(Self::read(processes));
        let named = processes.iter().zip(used);
        named
            .filter_map(|(process, (from, to))| Some((process.name.clone(), Self::between((*from)?, to?))))
            .collect()
    }

    fn add(&mut self, other: Self) {
        self.cpu_seconds += other.cpu_seconds;
        self.rss_bytes += other.rss_bytes;
        self.rss_growth_bytes += other.rss_growth_bytes;
        self.written_bytes += other.written_bytes;
    }
}

impl Tally {
    /// The same time of another program's run.
    pub fn beside(&mut self, other: Self) {
        self.seconds = self.seconds.max(other.seconds);
        self.counts += other.counts;
        for (kind, outcome) in other.outcomes {
            *self.outcomes.entry(kind).or_default() += outcome;
        }
        self.latencies.merge(&other.latencies);
        self.findings += other.findings;
        for (trouble, count) in other.troubles {
            *self.troubles.entry(trouble).or_default() += count;
        }
        self.settled_ms = self
            .settled_ms
            .zip(other.settled_ms)
            .map(|(own, others)| own.max(others));
        self.unanswered += other.unanswered;
        self.timeline.beside(other.timeline);
        self.generator.add(other.generator);
        self.threads += other.threads;
        self.bytes_per_connection = self.bytes_per_connection.max(other.bytes_per_connection);
        self.servers.extend(other.servers);
        for (what, calls) in other.operations {
            *self.operations.entry(what).or_default() += calls;
        }
    }
}
