//! The projection for a terminal.

use std::fmt::{self, Display, Formatter};

use super::{Figure, Planned, Projection, Size};

/// Runs further from the line than this are no line.
const STRAIGHT: f64 = 0.05;

impl Display for Projection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, run) in self.runs.iter().enumerate() {
            writeln!(
                f,
                "run {}: {:.0} requests/s, {} sockets ({})",
                number + 1,
                run.requests_per_second,
                run.sockets,
                run.file
            )?;
        }
        writeln!(f)?;
        self.figures.iter().try_for_each(|figure| write!(f, "{figure}"))?;
        writeln!(f)?;
        self.sizes.iter().try_for_each(|size| writeln!(f, "{size}"))?;
        if let Some(planned) = &self.planned {
            write!(f, "\n{planned}")?;
        }
        self.unknown.iter().try_for_each(|why| writeln!(f, "UNKNOWN: {why}"))
    }
}

impl Display for Figure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12}{:<20}{:>12.2}", self.process, self.cost, self.value)?;
        plus_minus(self.plus_minus, f)?;
        write!(f, " {}", self.unit)?;
        let straight = if self.worst_residual <= STRAIGHT {
            "linear"
        } else {
            "NOT LINEAR"
        };
        write!(
            f,
            "; {straight} (R² {:.4}, at most {:.1} % off), from runs {}",
            self.r_squared,
            self.worst_residual * 100.0,
            numbers(&self.runs)
        )?;
        if let Some(needs) = &self.needs {
            write!(f, "\n{:<12}→ {:.1}", "", needs.value)?;
            plus_minus(needs.plus_minus, f)?;
            write!(f, " {}, {:.0} times beyond the largest run", needs.unit, needs.beyond)?;
        }
        writeln!(f)
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:>12.0} {}", self.likely, self.of)?;
        match self.between {
            Some((least, most)) => write!(f, " ({least:.0} to {most:.0})")?,
            None => f.write_str(" (how sure is unknown)")?,
        }
        write!(f, ": {}; from runs {}", self.why, numbers(&self.runs))
    }
}

impl Display for Planned {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (messages, requests) = (self.messages_per_second, self.requests_per_second);
        writeln!(
            f,
            "The operator's planner counts, for {messages:.0} messages and {requests:.0} REST requests a second of these, edition {} ({}):",
            self.edition, self.measured
        )?;
        let mut roles = self.cores.iter();
        roles.try_for_each(|(role, cores)| writeln!(f, "{role:<12}{cores:>8.1} cores"))
    }
}

/// As `1–3, 7`.
fn numbers(runs: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for run in runs.iter().copied() {
        match ranges.last_mut().filter(|(_, last)| last + 1 == run) {
            Some((_, last)) => *last = run,
            None => ranges.push((run, run)),
        }
    }
    let ranges = ranges.into_iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    });
    ranges.collect::<Vec<_>>().join(", ")
}

fn plus_minus(value: Option<f64>, f: &mut Formatter<'_>) -> fmt::Result {
    match value {
        Some(value) => write!(f, " ± {value:.2}"),
        None => f.write_str(" ± unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_follow_each_other_are_named_together() {
        assert_eq!(numbers(&[1, 2, 3, 7, 9, 10]), "1–3, 7, 9–10");
        assert_eq!(numbers(&[]), "");
    }
}
