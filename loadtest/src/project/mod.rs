//! From runs of several sizes to what a much larger load needs: each cost is fitted as a line over the runs, judged for how
//! straight it is, and carried to the goal together with its uncertainty.
//!
//! What a line leaves out is said with it: it knows only the sizes that were measured, and one machine.

mod fit;
mod table;

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Serialize;

use crate::{
    measure::Kind,
    report::{Cost, Report},
};
use fit::{Estimate, Fit, least_squares};

/// What is projected to.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// Requests a second.
    pub requests_per_second: f64,
    /// Sockets.
    pub sockets: f64,
    /// Sockets that one agent holds.
    pub sockets_per_agent: f64,
}

/// A run, as far as it is projected.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its file.
    pub file: String,
    /// Requests a second that were answered.
    pub requests_per_second: f64,
    /// Sockets that were open.
    pub sockets: f64,
    /// Whether its figures are partly the harness's own.
    pub saturated: bool,
    #[serde(skip)]
    kinds: BTreeMap<Kind, f64>,
    #[serde(skip)]
    costs: BTreeMap<String, Cost>,
}

/// A cost that was fitted.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// Which process.
    pub process: String,
    /// What of it.
    pub cost: String,
    /// Per unit, in `unit`.
    pub value: f64,
    /// Half of the interval that holds it with a confidence of 95 %; none when there are too few runs to tell.
    pub plus_minus: Option<f64>,
    /// As `µs a request`.
    pub unit: String,
    /// The share of the variance that the line explains, in 0..=1.
    pub r_squared: f64,
    /// The largest distance of a run from the line, as a share of the largest run.
    pub worst_residual: f64,
    /// The numbers of the runs that it comes from, from 1 on.
    pub runs: Vec<usize>,
    /// What the goal needs of it, and in what; none for what is a part of another figure.
    pub needs: Option<Needs>,
}

/// What the goal needs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Needs {
    /// How much.
    pub value: f64,
    /// And how much more or less.
    pub plus_minus: Option<f64>,
    /// As `cores`.
    pub unit: String,
    /// How many times the goal is beyond the largest run.
    pub beyond: f64,
}

/// Everything that the runs say about the goal.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Projection {
    /// The runs, in the order in which figures number them.
    pub runs: Vec<Run>,
    /// What was fitted.
    pub figures: Vec<Figure>,
    /// Agents that hold the sockets.
    pub agents: f64,
    /// What could not be told, and what it would take; one line each.
    pub unknown: Vec<String>,
}

/// The name of the harness's own costs.
const HARNESS: &str = "harness";

/// Reads reports, and projects what they say.
///
/// # Errors
/// When a file is no report, or there are fewer than two.
pub fn project(files: &[PathBuf], goal: Goal) -> Result<Projection, String> {
    if files.len() < 2 {
        return Err("a line needs two runs of different sizes, and three to know how sure it is".to_owned());
    }
    let runs = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(of(runs, goal))
}

fn read(file: &PathBuf) -> Result<Run, String> {
    let fail = |why: String| format!("{}: {why}", file.display());
    let text = fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
    let report: Report = serde_json::from_str(&text).map_err(|error| fail(format!("no report: {error}")))?;
    let mut costs: BTreeMap<_, _> = report
        .servers
        .iter()
        .map(|server| (server.name.clone(), server.cost))
        .collect();
    costs.insert(HARNESS.to_owned(), report.generator);
    Ok(Run {
        file: file.display().to_string(),
        requests_per_second: report.requests_per_second,
        sockets: report.load.users as f64,
        saturated: report.saturated,
        kinds: report
            .requests
            .iter()
            .map(|(kind, requests)| (*kind, requests.per_second))
            .collect(),
        costs,
    })
}

fn of(runs: Vec<Run>, goal: Goal) -> Projection {
    let mut projection = Projection {
        agents: (goal.sockets / goal.sockets_per_agent).ceil(),
        figures: Vec::new(),
        unknown: Vec::new(),
        runs,
    };
    let processes: std::collections::BTreeSet<String> = projection
        .runs
        .iter()
        .flat_map(|run| run.costs.keys().cloned())
        .collect();
    for process in processes {
        let observed = projection.observed(&process);
        projection.by_requests(&observed, goal);
        projection.by_kind(&observed);
        projection.by_sockets(&observed, goal);
    }
    for (number, run) in projection.runs.iter().enumerate().filter(|(_, run)| run.saturated) {
        let why = format!(
            "run {} ({}) is partly about the harness, which was too slow",
            number + 1,
            run.file
        );
        projection.unknown.push(why);
    }
    projection
}

/// The runs that know a process, and what it cost in them.
struct Observed {
    process: String,
    runs: Vec<(usize, Run, Cost)>,
}

impl Observed {
    fn numbers(&self) -> Vec<usize> {
        self.runs.iter().map(|(number, ..)| number + 1).collect()
    }

    fn largest(&self, size: impl Fn(&Run) -> f64) -> f64 {
        self.runs.iter().map(|(_, run, _)| size(run)).fold(0.0, f64::max)
    }

    /// A line over `size`.
    fn line(&self, size: impl Fn(&Run) -> f64, cost: impl Fn(&Cost) -> f64) -> Option<Fit> {
        let x: Vec<_> = self.runs.iter().map(|(_, run, _)| vec![1.0, size(run)]).collect();
        let y: Vec<_> = self.runs.iter().map(|(.., it)| cost(it)).collect();
        least_squares(&x, &y)
    }
}

/// A cost by the size of the load: how it is counted, and what the goal needs.
struct Line {
    cost: &'static str,
    of: fn(&Cost) -> f64,
    /// From what [`of`](Self::of) counts a unit of the load to `unit`.
    scale: f64,
    unit: &'static str,
    /// From what [`of`](Self::of) counts to `needed`.
    needed_scale: f64,
    needed: &'static str,
}

const BY_REQUESTS: [Line; 2] = [
    Line {
        cost: "CPU",
        of: |cost| cost.cores,
        scale: 1e6,
        unit: "µs a request",
        needed_scale: 1.0,
        needed: "cores",
    },
    Line {
        cost: "disk",
        of: |cost| cost.written_bytes_per_second,
        scale: 1.0,
        unit: "bytes a request",
        needed_scale: 1e-6,
        needed: "MB/s",
    },
];

const BY_SOCKETS: Line = Line {
    cost: "memory",
    of: |cost| cost.rss_bytes as f64,
    scale: 1.0,
    unit: "bytes a socket",
    needed_scale: 1.0 / (1024.0 * 1024.0 * 1024.0),
    needed: "GiB",
};

impl Projection {
    fn observed(&self, process: &str) -> Observed {
        let runs = self.runs.iter().enumerate();
        let runs = runs.filter_map(|(number, run)| Some((number, run.clone(), *run.costs.get(process)?)));
        Observed {
            process: process.to_owned(),
            runs: runs.collect(),
        }
    }

    fn by_requests(&mut self, observed: &Observed, goal: Goal) {
        for line in BY_REQUESTS {
            self.fit(observed, &line, |run| run.requests_per_second, goal.requests_per_second);
        }
    }

    fn by_sockets(&mut self, observed: &Observed, goal: Goal) {
        self.fit(observed, &BY_SOCKETS, |run| run.sockets, goal.sockets);
    }

    fn fit(&mut self, observed: &Observed, line: &Line, size: fn(&Run) -> f64, goal: f64) {
        if observed.runs.iter().all(|(.., cost)| (line.of)(cost) == 0.0) {
            return;
        }
        let Some(fit) = observed.line(size, line.of) else {
            self.unknown.push(format!(
                "{}: {} in {}: it takes two runs of different sizes that have this process",
                observed.process, line.cost, line.unit
            ));
            return;
        };
        let slope = fit.coefficients[1];
        let needs = Needs {
            value: slope.value * goal * line.needed_scale,
            plus_minus: finite(slope.plus_minus * goal * line.needed_scale),
            unit: line.needed.to_owned(),
            beyond: goal / observed.largest(size).max(f64::MIN_POSITIVE),
        };
        let figure = figure(
            observed,
            line.cost.to_owned(),
            slope,
            &fit,
            line.scale,
            line.unit.to_owned(),
        );
        self.figures.push(Figure {
            needs: Some(needs),
            ..figure
        });
    }

    /// CPU time of each kind, if the runs' mixes differ enough to tell the kinds apart.
    fn by_kind(&mut self, observed: &Observed) {
        let kinds: std::collections::BTreeSet<Kind> = observed
            .runs
            .iter()
            .flat_map(|(_, run, _)| run.kinds.keys().copied())
            .collect();
        if kinds.len() < 2 {
            return;
        }
        let x: Vec<Vec<f64>> = observed
            .runs
            .iter()
            .map(|(_, run, _)| {
                let rates = kinds.iter().map(|kind| run.kinds.get(kind).copied().unwrap_or(0.0));
                std::iter::once(1.0).chain(rates).collect()
            })
            .collect();
        let y: Vec<f64> = observed.runs.iter().map(|(.., cost)| cost.cores).collect();
        let Some(fit) = least_squares(&x, &y) else {
            self.unknown.push(format!(
                "{}: CPU by kind: it takes at least {} runs whose mixes differ",
                observed.process,
                kinds.len() + 1
            ));
            return;
        };
        for (kind, slope) in kinds.iter().zip(&fit.coefficients[1..]) {
            let unit = format!("µs each {kind}");
            let figure = figure(observed, format!("CPU of {kind}"), *slope, &fit, 1e6, unit);
            self.figures.push(figure);
        }
    }
}

fn figure(observed: &Observed, cost: String, slope: Estimate, fit: &Fit, scale: f64, unit: String) -> Figure {
    Figure {
        process: observed.process.clone(),
        cost,
        value: slope.value * scale,
        plus_minus: finite(slope.plus_minus * scale),
        unit,
        r_squared: fit.r_squared,
        worst_residual: fit.worst_residual,
        runs: observed.numbers(),
        needs: None,
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOAL: Goal = Goal {
        requests_per_second: 1e6,
        sockets: 1e6,
        sockets_per_agent: 15_000.0,
    };

    /// A server of 40 µs a message and 10 a page of history, and 20,000 bytes a socket.
    fn run(file: &str, messages: f64, pages: f64, sockets: f64) -> Run {
        let cost = Cost {
            cores: 0.02 + messages * 40e-6 + pages * 10e-6,
            cpu_micros_per_message: None,
            cpu_micros_per_request: None,
            rss_bytes: 50_000_000 + (20_000.0 * sockets) as u64,
            rss_growth_bytes: 0,
            written_bytes_per_second: 500.0 * (messages + pages),
        };
        Run {
            file: file.to_owned(),
            requests_per_second: messages + pages,
            sockets,
            saturated: false,
            kinds: [(Kind::Ack, messages), (Kind::History, pages)].into(),
            costs: [("server".to_owned(), cost)].into(),
        }
    }

    fn found(projection: &Projection, cost: &str) -> Figure {
        let mut figures = projection.figures.iter();
        figures
            .find(|figure| figure.cost == cost)
            .unwrap_or_else(|| panic!("{cost}: {projection:#?}"))
            .clone()
    }

    #[test]
    fn one_mix_in_several_sizes_gives_the_cost_of_the_mix() {
        let sizes = [(1.0, 100.0), (2.0, 400.0), (4.0, 900.0)];
        let runs = sizes
            .map(|(size, sockets)| run("x", 300.0 * size, 700.0 * size, sockets))
            .to_vec();
        let projection = of(runs, GOAL);
        let cpu = found(&projection, "CPU");
        assert!((cpu.value - 19.0).abs() < 1e-6 && cpu.runs == [1, 2, 3], "{cpu:?}");
        let needs = cpu.needs.unwrap();
        assert!(
            (needs.value - 19.0).abs() < 1e-6 && (needs.beyond - 250.0).abs() < 1e-6,
            "{needs:?}"
        );
        assert!((found(&projection, "disk").needs.unwrap().value - 500.0).abs() < 1e-6);
        let memory = found(&projection, "memory");
        assert!((memory.value - 20_000.0).abs() < 1.0 && (memory.needs.unwrap().value - 18.626).abs() < 0.01);
        assert!(
            projection.unknown.iter().any(|why| why.contains("CPU by kind")),
            "{projection:?}"
        );
        assert!((projection.agents - 67.0).abs() < 1e-9);
    }

    #[test]
    fn mixes_that_differ_give_the_cost_of_each_kind() {
        let rates = [
            (100.0, 0.0),
            (0.0, 500.0),
            (200.0, 900.0),
            (700.0, 100.0),
            (400.0, 400.0),
        ];
        let runs = rates
            .map(|(messages, pages)| run("x", messages, pages, messages))
            .to_vec();
        let projection = of(runs, GOAL);
        assert!((found(&projection, "CPU of ack").value - 40.0).abs() < 1e-6);
        assert!((found(&projection, "CPU of history").value - 10.0).abs() < 1e-6);
        assert!(projection.unknown.is_empty(), "{projection:?}");
    }
}
