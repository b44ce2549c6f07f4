//! What a fault has cost, and the table of that.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context, Result};

use super::Fault;
use crate::load::Verdict;

/// A fault and what came of it.
pub struct Outcome {
    /// Which.
    pub fault: &'static Fault,
    /// What the checker found.
    pub verdict: Verdict,
}

impl Outcome {
    /// The outcome, if every guarantee held.
    ///
    /// # Errors
    /// When one did not.
    pub fn clean(self) -> Result<Self> {
        let verdict = self.verdict.clean().context(self.fault.name)?;
        Ok(Self { verdict, ..self })
    }
}

const HEAD: &str = "\
| fault | what is done, and how it is undone | lasts | longest wait for an acknowledgement | longest wait for a delivery \
| acknowledged | lost | duplicated | reordered |
|---|---|---|---|---|---|---|---|---|
";

/// The outcomes as a table in Markdown.
#[must_use]
pub fn markdown(outcomes: &[Outcome]) -> String {
    let mut text = HEAD.to_owned();
    for Outcome { fault, verdict } in outcomes {
        // Writing to a string does not fail.
        _ = writeln!(
            text,
            "| {} | {}; {} | {} | {} | {} | {} | {} | {} | {} |",
            fault.name,
            fault.does,
            fault.undone,
            lasting(fault.lasts),
            seconds(verdict.accepted),
            seconds(verdict.delivered),
            verdict.acknowledged,
            verdict.lost,
            verdict.duplicated,
            verdict.reordered,
        );
    }
    text
}

fn lasting(time: Duration) -> String {
    if time.is_zero() {
        "–".to_owned()
    } else {
        format!("{} s", time.as_secs())
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
