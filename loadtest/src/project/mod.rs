//! From runs of several sizes to what a much larger load needs: each cost is fitted as a line over the runs, judged for how
//! straight it is, carried to the goal together with its uncertainty, and divided by what one gateway, worker, … may use.
//!
//! What a line leaves out is said with it: it knows only the sizes that were measured, and one machine.

mod fit;
mod lines;
mod planner;
mod run;
mod sizing;
mod table;

use std::{collections::BTreeSet, path::PathBuf};

use serde::Serialize;

pub use planner::{Planned, table};
pub use run::Run;
pub use sizing::{Prices, Size, Units};

/// What is projected to.
#[derive(Debug, Clone)]
pub struct Goal {
    /// Requests a second.
    pub requests_per_second: f64,
    /// Sockets.
    pub sockets: f64,
    /// What one of each may use.
    pub units: Units,
}

/// A cost that was fitted.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// Whose: a role's, with all its processes together, or what is called.
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
    /// How many of what the goal takes.
    pub sizes: Vec<Size>,
    /// What the operator's planner counts for the same; none where no requests were measured.
    pub planned: Option<Planned>,
    /// What could not be told, and what it would take; one line each.
    pub unknown: Vec<String>,
}

/// Reads reports, and projects what they say.
///
/// # Errors
/// When a file is no report, or there are fewer than two.
pub fn project(files: &[PathBuf], goal: &Goal) -> Result<Projection, String> {
    if files.len() < 2 {
        return Err("a line needs two runs of different sizes, and three to know how sure it is".to_owned());
    }
    let runs = files.iter().map(Run::read).collect::<Result<Vec<_>, _>>()?;
    Ok(of(runs, goal))
}

fn of(runs: Vec<Run>, goal: &Goal) -> Projection {
    let roles: BTreeSet<_> = runs.iter().flat_map(|run| run.costs.keys().cloned()).collect();
    let operations: BTreeSet<_> = runs.iter().flat_map(|run| run.operations.keys().cloned()).collect();
    let mut projection = Projection {
        planned: Planned::of(&runs, goal.requests_per_second),
        runs,
        figures: Vec::new(),
        sizes: Vec::new(),
        unknown: Vec::new(),
    };
    for role in roles {
        projection.of_role(&role, goal.requests_per_second, goal.sockets);
        projection.by_kind(&role);
    }
    for operation in operations {
        projection.of_operation(&operation, goal.requests_per_second);
    }
    projection.size(goal.sockets, &goal.units);
    for (number, run) in projection.runs.iter().enumerate().filter(|(_, run)| run.saturated) {
        let number = number + 1;
        let why = format!(
            "run {number} ({}) is partly about the harness, which was too slow",
            run.file
        );
        projection.unknown.push(why);
    }
    projection
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{measure::Kind, report::Cost};

    pub(super) fn goal() -> Goal {
        Goal {
            requests_per_second: 1e6,
            sockets: 1e6,
            units: Units {
                utilisation: 0.6,
                prices: None,
                ..sizing::tests::units()
            },
        }
    }

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
            costs: [("gateway".to_owned(), cost)].into(),
            operations: [("store calls".to_owned(), 0.5 * pages)].into(),
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
        let projection = of(runs, &goal());
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
        let calls = found(&projection, "calls");
        assert!(
            (calls.value - 0.35).abs() < 1e-9,
            "7 of 10 requests are pages: {calls:?}"
        );
        assert_eq!(projection.sizes[0].likely, 100.0, "{projection:?}");
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
        let projection = of(runs, &goal());
        assert!((found(&projection, "CPU of ack").value - 40.0).abs() < 1e-6);
        assert!((found(&projection, "CPU of history").value - 10.0).abs() < 1e-6);
        assert!(
            !projection.unknown.iter().any(|why| why.contains("by kind")),
            "{projection:?}"
        );
    }
}
