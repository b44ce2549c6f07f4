//! The lines that are fitted: what of a run is counted, over which size of it.

use super::{Figure, Needs, Projection, Run, fit};
use crate::report::Cost;
use fit::{Estimate, Fit, least_squares};

/// What a cost is counted in, and what a goal needs of it.
pub(super) struct Line {
    pub(super) cost: &'static str,
    /// From what is counted to `unit`.
    scale: f64,
    pub(super) unit: &'static str,
    /// From what is counted to `needed`.
    needed_scale: f64,
    needed: &'static str,
}

/// Cores, over requests a second.
pub(super) const CPU: Line = Line {
    cost: "CPU",
    scale: 1e6,
    unit: "µs a request",
    needed_scale: 1.0,
    needed: "cores",
};

/// Bytes a second, over requests a second.
const DISK: Line = Line {
    cost: "disk",
    scale: 1.0,
    unit: "bytes a request",
    needed_scale: 1e-6,
    needed: "MB/s",
};

/// Bytes, over sockets.
pub(super) const MEMORY: Line = Line {
    cost: "memory",
    scale: 1.0,
    unit: "bytes a socket",
    needed_scale: 1.0 / (1024.0 * 1024.0 * 1024.0),
    needed: "GiB",
};

/// Calls a second, over requests a second.
const CALLS: Line = Line {
    cost: "calls",
    scale: 1.0,
    unit: "a request",
    needed_scale: 1.0,
    needed: "a second",
};

/// One thing as some runs have it.
pub(super) struct Observed<'a> {
    /// Whose it is.
    pub(super) of: &'a str,
    /// The run's number from 0 on, and how much.
    pub(super) values: Vec<(usize, f64)>,
}

impl Observed<'_> {
    fn numbers(&self) -> Vec<usize> {
        self.values.iter().map(|(number, _)| number + 1).collect()
    }
}

impl Projection {
    /// What a role cost by the size of the load.
    pub(super) fn of_role(&mut self, role: &str, requests: f64, sockets: f64) {
        let sizes: [(Line, fn(&Cost) -> f64); 2] =
            [(CPU, |cost| cost.cores), (DISK, |cost| cost.written_bytes_per_second)];
        for (line, of) in sizes {
            // What the harness writes is its own report.
            if role != super::run::HARNESS || line.cost != DISK.cost {
                let observed = self.costs(role, of);
                self.fit(&observed, &line, |run| run.requests_per_second, requests);
            }
        }
        let observed = self.costs(role, |cost| cost.rss_bytes as f64);
        self.fit(&observed, &MEMORY, |run| run.sockets, sockets);
    }

    /// How often what is behind the server is called.
    pub(super) fn of_operation(&mut self, operation: &str, requests: f64) {
        let values = self.runs.iter().enumerate();
        let values = values.filter_map(|(number, run)| Some((number, *run.operations.get(operation)?)));
        let observed = Observed {
            of: operation,
            values: values.collect(),
        };
        self.fit(&observed, &CALLS, |run| run.requests_per_second, requests);
    }

    fn costs<'a>(&self, role: &'a str, of: fn(&Cost) -> f64) -> Observed<'a> {
        let values = self.runs.iter().enumerate();
        let values = values.filter_map(|(number, run)| Some((number, of(run.costs.get(role)?))));
        Observed {
            of: role,
            values: values.collect(),
        }
    }

    fn fit(&mut self, observed: &Observed<'_>, line: &Line, size: fn(&Run) -> f64, goal: f64) {
        if observed.values.iter().all(|(_, value)| *value == 0.0) {
            return;
        }
        let sizes: Vec<f64> = observed
            .values
            .iter()
            .map(|(number, _)| size(&self.runs[*number]))
            .collect();
        let x: Vec<_> = sizes.iter().map(|size| vec![1.0, *size]).collect();
        let y: Vec<_> = observed.values.iter().map(|(_, value)| *value).collect();
        let Some(fit) = least_squares(&x, &y) else {
            self.unknown.push(format!(
                "{}: {} in {}: it takes two runs of different sizes that have it",
                observed.of, line.cost, line.unit
            ));
            return;
        };
        let slope = fit.coefficients[1];
        let largest = sizes.into_iter().fold(f64::MIN_POSITIVE, f64::max);
        let needs = Needs {
            value: slope.value * goal * line.needed_scale,
            plus_minus: finite(slope.plus_minus * goal * line.needed_scale),
            unit: line.needed.to_owned(),
            beyond: goal / largest,
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
    pub(super) fn by_kind(&mut self, role: &str) {
        let observed = self.costs(role, |cost| cost.cores);
        let runs: Vec<&Run> = observed.values.iter().map(|(number, _)| &self.runs[*number]).collect();
        let kinds: std::collections::BTreeSet<_> = runs.iter().flat_map(|run| run.kinds.keys().copied()).collect();
        if kinds.len() < 2 {
            return;
        }
        let rates = |run: &&Run| {
            let rates = kinds.iter().map(|kind| run.kinds.get(kind).copied().unwrap_or(0.0));
            std::iter::once(1.0).chain(rates).collect()
        };
        let x: Vec<Vec<f64>> = runs.iter().map(rates).collect();
        let y: Vec<f64> = observed.values.iter().map(|(_, cores)| *cores).collect();
        let Some(fit) = least_squares(&x, &y) else {
            self.unknown.push(format!(
                "{role}: CPU by kind: it takes at least {} runs whose mixes differ",
                kinds.len() + 1
            ));
            return;
        };
        for (kind, slope) in kinds.iter().zip(&fit.coefficients[1..]) {
            let unit = format!("µs each {kind}");
            let figure = figure(&observed, format!("CPU of {kind}"), *slope, &fit, CPU.scale, unit);
            self.figures.push(figure);
        }
    }
}

fn figure(observed: &Observed<'_>, cost: String, slope: Estimate, fit: &Fit, scale: f64, unit: String) -> Figure {
    Figure {
        process: observed.of.to_owned(),
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
