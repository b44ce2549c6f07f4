//! The projection for a terminal.

use std::fmt::{self, Display, Formatter};

use super::{Figure, Projection};

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
        writeln!(f, "{:<12}the sockets need {} agents", "harness", self.agents)?;
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
        let runs: Vec<_> = self.runs.iter().map(ToString::to_string).collect();
        write!(
            f,
            "; {straight} (R² {:.4}, at most {:.1} % off), from runs {}",
            self.r_squared,
            self.worst_residual * 100.0,
            runs.join(", ")
        )?;
        if let Some(needs) = &self.needs {
            write!(f, "\n{:<12}→ {:.1}", "", needs.value)?;
            plus_minus(needs.plus_minus, f)?;
            write!(f, " {}, {:.0} times beyond the largest run", needs.unit, needs.beyond)?;
        }
        writeln!(f)
    }
}

fn plus_minus(value: Option<f64>, f: &mut Formatter<'_>) -> fmt::Result {
    match value {
        Some(value) => write!(f, " ± {value:.2}"),
        None => f.write_str(" ± unknown"),
    }
}
