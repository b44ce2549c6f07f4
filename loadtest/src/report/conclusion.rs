//! What a run came to, in less than the 4 KiB that a container may leave as its last word: for who runs it and has no room for a report.

use serde::Serialize;

use super::{Class, Report};

/// Lines that say what did not hold, at most, and bytes of each: what is left out stands in the report.
const LINES: usize = 5;
const LONGEST: usize = 280;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Every guarantee and every threshold held.
    Passed,
    /// A threshold did not hold, or a figure was worse than the baseline's.
    ThresholdsMissed,
    /// A guarantee of the contract did not hold.
    GuaranteesBroken,
    /// What was measured held, and an agent's part of it is missing.
    AgentLost,
    /// What is asked for can not be run.
    Invalid,
    /// There was nothing to measure.
    NothingMeasured,
}

/// The last word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conclusion {
    outcome: Outcome,
    /// What did not hold, or why there is nothing.
    broken: Vec<String>,
    /// None where nothing was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    figures: Option<Figures>,
}

/// Whole numbers; rates are of the measured window, counts of the whole run, times from the intended start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    requests_per_second: u64,
    acknowledged_per_second: u64,
    received_per_second: u64,
    acknowledged: u64,
    failed: u64,
    lost: u64,
    duplicated: u64,
    reordered: u64,
    ack_p50_micros: u64,
    ack_p99_micros: u64,
    delivery_p50_micros: u64,
    delivery_p99_micros: u64,
    generator_saturated: bool,
}

impl Conclusion {
    /// Of a finished run.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let broken = report.broken.iter().take(LINES).map(|line| shortened(line)).collect();
        Self {
            outcome: outcome(report),
            broken,
            figures: Some(Figures::of(report)),
        }
    }

    /// Of one that has no report.
    #[must_use]
    pub fn without_report(outcome: Outcome, why: &str) -> Self {
        Self {
            outcome,
            broken: vec![shortened(why)],
            figures: None,
        }
    }
}

/// A broken guarantee weighs more than a missing agent, and that more than a threshold.
fn outcome(report: &Report) -> Outcome {
    let is_broken = |class: Class| {
        let mut checks = report.checks.iter();
        checks.any(|check| check.class == class && check.broken.is_some())
    };
    let lost = report.agents.iter().filter(|share| share.lost.is_some()).count();
    let guarantees = report
        .checks
        .iter()
        .filter(|check| check.class == Class::Guarantee && check.broken.is_some());
    // Each lost agent is a broken guarantee by itself.
    match guarantees.count() {
        broken if broken > lost => Outcome::GuaranteesBroken,
        _ if lost > 0 => Outcome::AgentLost,
        _ if is_broken(Class::Threshold) || is_broken(Class::Baseline) => Outcome::ThresholdsMissed,
        _ => Outcome::Passed,
    }
}

impl Figures {
    fn of(report: &Report) -> Self {
        let quantiles = |kind: &str| report.latency.get(kind).map(|it| it.quantiles);
        let (ack, delivery) = (quantiles("ack"), quantiles("delivery"));
        // Rates and times are positive, and far below what a whole number holds.
        let micros = |millis: f64| (millis * 1_000.0).round() as u64;
        let whole = |rate: f64| rate.round() as u64;
        let findings = &report.findings;
        Self {
            requests_per_second: whole(report.requests_per_second),
            acknowledged_per_second: whole(report.acked_per_second),
            received_per_second: whole(report.received_per_second),
            acknowledged: report.counts.acked,
            failed: report.requests.values().map(|it| it.outcome.failed).sum::<u64>() + report.unanswered,
            lost: findings.lost,
            duplicated: findings.duplicated,
            reordered: findings.reordered,
            ack_p50_micros: ack.map_or(0, |it| micros(it.p50_ms)),
            ack_p99_micros: ack.map_or(0, |it| micros(it.p99_ms)),
            delivery_p50_micros: delivery.map_or(0, |it| micros(it.p50_ms)),
            delivery_p99_micros: delivery.map_or(0, |it| micros(it.p99_ms)),
            generator_saturated: report.saturated,
        }
    }
}

fn shortened(line: &str) -> String {
    match line.len() > LONGEST {
        true => format!("{}…", &line[..line.floor_char_boundary(LONGEST)]),
        false => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the operator's tests read.
    #[test]
    fn every_kind_of_it_is_written_as_it_is_read() {
        let figures = Figures {
            requests_per_second: 1,
            acknowledged_per_second: 2,
            received_per_second: 3,
            acknowledged: 4,
            failed: 5,
            lost: 6,
            duplicated: 7,
            reordered: 8,
            ack_p50_micros: 9,
            ack_p99_micros: 10,
            delivery_p50_micros: 11,
            delivery_p99_micros: 12,
            generator_saturated: true,
        };
        let measured = |outcome, broken: &[&str]| Conclusion {
            outcome,
            broken: broken.iter().map(|line| (*line).to_owned()).collect(),
            figures: Some(figures.clone()),
        };
        let late = &["delivery p99 is 12.0 ms, above 10 ms"];
        let written = [
            measured(Outcome::Passed, &[]),
            measured(Outcome::ThresholdsMissed, late),
            measured(Outcome::GuaranteesBroken, late),
            measured(Outcome::AgentLost, late),
            Conclusion::without_report(Outcome::Invalid, "no agent answers"),
            Conclusion::without_report(Outcome::NothingMeasured, "no agent answers"),
        ];
        let read: serde_json::Value = serde_json::from_str(include_str!("../../tests/conclusions.json")).unwrap();
        assert_eq!(serde_json::to_value(&written).unwrap(), read);
    }

    #[test]
    fn the_longest_one_fits_into_a_containers_last_word() {
        let line = shortened(&"\"".repeat(1_000));
        let figures = Figures {
            requests_per_second: u64::MAX,
            acknowledged_per_second: u64::MAX,
            received_per_second: u64::MAX,
            acknowledged: u64::MAX,
            failed: u64::MAX,
            lost: u64::MAX,
            duplicated: u64::MAX,
            reordered: u64::MAX,
            ack_p50_micros: u64::MAX,
            ack_p99_micros: u64::MAX,
            delivery_p50_micros: u64::MAX,
            delivery_p99_micros: u64::MAX,
            generator_saturated: true,
        };
        let conclusion = Conclusion {
            outcome: Outcome::GuaranteesBroken,
            broken: vec![line; LINES],
            figures: Some(figures),
        };
        let written = serde_json::to_string(&conclusion).unwrap();
        assert!(written.len() < 4_096, "{}", written.len());
    }
}
