//! Looking for the limit: one run after the other at a higher rate until an objective breaks, then closer to where it broke.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::report::Report;

/// How a limit is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Climb {
    /// The rate is multiplied by this as long as the objectives hold.
    factor: f64,
    /// How often the gap between the last rate that held and the first that did not is halved after that.
    closer: u32,
    held: Option<f64>,
    broke: Option<f64>,
    next: f64,
}

/// Steps at most before the first break: 2¹⁰⁰ is beyond every machine.
const MOST: usize = 100;

impl Climb {
    /// From that rate on.
    #[must_use]
    pub fn new(rate: f64, factor: f64, closer: u32) -> Self {
        Self {
            factor,
            closer,
            held: None,
            broke: None,
            next: rate,
        }
    }

    /// The rate to try next, in arrivals a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.next
    }

    /// The step at [`rate`](Self::rate) held, or did not. `false` when there is nothing more to try.
    pub fn judged(&mut self, held: bool) -> bool {
        if held {
            self.held = Some(self.next);
        } else {
            self.broke = Some(self.next);
        }
        self.next = match (self.held, self.broke) {
            (Some(held), None) => held * self.factor,
            (Some(held), Some(broke)) if self.closer > 0 => {
                self.closer -= 1;
                f64::midpoint(held, broke)
            }
            _ => return false,
        };
        true
    }
}

/// One step of the climb.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Arrivals a second that were asked for.
    pub rate: f64,
    /// Requests a second that were answered.
    pub requests_per_second: f64,
    /// Of all requests together.
    pub p99_ms: f64,
    /// Of deliveries.
    pub delivery_p99_ms: f64,
    /// Cores that the server's processes kept busy.
    pub server_cores: f64,
    /// The share of its threads that the harness used, in 0..=1.
    pub harness_busy: f64,
    /// Why it did not hold; none when it did.
    pub broke: Vec<String>,
}

impl Step {
    /// What a run at that rate was.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let mut broke = report.broken.clone();
        broke.extend(report.ceiling.bottlenecks.iter().map(|why| format!("{HARNESS}{why}")));
        Self {
            rate: report.load.rate,
            requests_per_second: report.requests_per_second,
            p99_ms: report.request_p99_ms,
            delivery_p99_ms: report.latency.get("delivery").map_or(0.0, |it| it.quantiles.p99_ms),
            server_cores: report.servers.iter().map(|server| server.cost.cores).sum(),
            harness_busy: report.ceiling.busy,
            broke,
        }
    }

    /// Whether a climb's report is this step's rather than the one's before it: that of the highest rate that held, or of the first one
    /// where none does.
    #[must_use]
    pub fn is_shown_rather_than(&self, best: Option<&Self>) -> bool {
        best.is_none_or(|best| self.held() && (!best.held() || best.rate < self.rate))
    }

    /// Whether every objective held, and the harness kept up.
    #[must_use]
    pub fn held(&self) -> bool {
        self.broke.is_empty()
    }
}

/// What a step says that broke by the harness's own fault.
const HARNESS: &str = "the harness is the bottleneck: ";

/// The whole climb.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Climbed {
    /// In the order in which they were tried.
    pub steps: Vec<Step>,
}

impl Climbed {
    /// Whether there are as many steps as can be.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.steps.len() >= MOST
    }

    /// The step with the highest rate that held.
    #[must_use]
    pub fn knee(&self) -> Option<&Step> {
        let held = self.steps.iter().filter(|step| step.held());
        held.max_by(|one, other| one.rate.total_cmp(&other.rate))
    }

    /// The step with the lowest rate that did not hold, however often it was tried.
    #[must_use]
    pub fn limit(&self) -> Option<&Step> {
        let broke = self.steps.iter().filter(|step| {
            let mut tries = self.steps.iter().filter(|other| other.rate == step.rate);
            !tries.any(Step::held)
        });
        broke.min_by(|one, other| one.rate.total_cmp(&other.rate))
    }
}

impl Display for Climbed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>12}{:>12}{:>16}{:>16}{:>14}{:>10}",
            "arrivals/s", "requests/s", "requests p99 ms", "delivery p99 ms", "server cores", "harness %"
        )?;
        for step in &self.steps {
            writeln!(
                f,
                "{:>12.0}{:>12.0}{:>16.2}{:>16.2}{:>14.2}{:>10.0}  {}",
                step.rate,
                step.requests_per_second,
                step.p99_ms,
                step.delivery_p99_ms,
                step.server_cores,
                step.harness_busy * 100.0,
                step.broke.first().map_or("held", String::as_str)
            )?;
        }
        match self.knee() {
            Some(knee) => write!(f, "KNEE: {:.0} requests/s held", knee.requests_per_second)?,
            None => write!(f, "NO KNEE: not even the first rate held")?,
        }
        match self.limit() {
            Some(limit) => writeln!(f, "; at {:.0} arrivals/s: {}", limit.rate, limit.broke.join("; ")),
            None => writeln!(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rates that are tried against a server that holds up to `limit`.
    fn tried(limit: f64, mut climb: Climb) -> Vec<f64> {
        let mut rates = vec![climb.rate()];
        while climb.judged(climb.rate() <= limit) {
            rates.push(climb.rate());
        }
        rates
    }

    #[test]
    fn a_climb_goes_up_until_it_breaks_and_then_closer() {
        let climb = Climb::new(100.0, 2.0, 3);
        assert_eq!(tried(450.0, climb), [100.0, 200.0, 400.0, 800.0, 600.0, 500.0, 450.0]);
        assert_eq!(tried(50.0, climb), [100.0], "what breaks at once has no knee");
        assert_eq!(tried(100.0, Climb::new(100.0, 2.0, 0)), [100.0, 200.0]);
    }

    fn step(rate: f64, broke: &[&str]) -> Step {
        Step {
            rate,
            requests_per_second: rate,
            p99_ms: 1.0,
            delivery_p99_ms: 1.0,
            server_cores: 1.0,
            harness_busy: 0.5,
            broke: broke.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn the_report_is_of_the_highest_rate_that_held() {
        let tried = [
            step(2.0, &["slow, once"]),
            step(2.0, &[]),
            step(4.0, &["slow"]),
            step(3.0, &[]),
            step(1.0, &[]),
        ];
        let mut shown: Option<&Step> = None;
        let rates = tried.iter().map(|step| {
            if step.is_shown_rather_than(shown) {
                shown = Some(step);
            }
            shown.map(|shown| (shown.rate, shown.held()))
        });
        let expected = [(2.0, false), (2.0, true), (2.0, true), (3.0, true), (3.0, true)];
        assert_eq!(rates.collect::<Vec<_>>(), expected.map(Some));
    }

    #[test]
    fn the_knee_is_the_highest_that_held_and_the_limit_the_lowest_that_did_not() {
        let steps = vec![
            step(1.0, &[]),
            step(4.0, &["slow"]),
            step(2.0, &["slow, once"]),
            step(2.0, &[]),
            step(3.0, &["late"]),
        ];
        let climbed = Climbed { steps };
        assert_eq!(
            (climbed.knee().unwrap().rate, climbed.limit().unwrap().rate),
            (2.0, 3.0)
        );
        assert!(
            climbed
                .to_string()
                .contains("KNEE: 2 requests/s held; at 3 arrivals/s: late")
        );
        assert!(Climbed::default().to_string().contains("NO KNEE"));
    }
}
