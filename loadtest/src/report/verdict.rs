//! Which guarantees and thresholds a run was held to, and which of them it broke.

use serde::{Deserialize, Serialize};

use super::Report;
use crate::options::Options;

/// A kind of which there were fewer is not held to a p99 of its own: the slowest one would decide over it. All requests
/// together are.
const ENOUGH: u64 = 100;

/// One guarantee or threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Whether it is a guarantee of the contract, a threshold of this run, or a comparison with another.
    pub class: Class,
    /// What is checked.
    pub name: String,
    /// How it was broken, in one line; `null` when it held.
    pub broken: Option<String>,
}

/// What sort of check it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Class {
    /// What every client may rely on.
    Guarantee,
    /// What the command line asks for.
    Threshold,
    /// Whether another run was better.
    Baseline,
}

impl Check {
    /// One that is broken by what `broken` says, if it says something.
    #[must_use]
    pub fn new(class: Class, name: impl Into<String>, broken: Option<String>) -> Self {
        Self {
            class,
            name: name.into(),
            broken,
        }
    }
}

/// Every check of a run.
pub(super) fn checks(report: &Report, options: &Options) -> Vec<Check> {
    let mut checks = guarantees(report);
    checks.extend(thresholds(report, options));
    checks
}

fn guarantees(report: &Report) -> Vec<Check> {
    let found = report.findings.named().into_iter();
    let found = found.map(|(name, count)| (name, (count > 0).then(|| format!("{count} {name}"))));
    let malformed = report.counts.malformed;
    let malformed = (malformed > 0).then(|| format!("{malformed} payloads were not as in the contract"));
    let foreign = report.counts.foreign;
    let foreign =
        (foreign > 0).then(|| format!("{foreign} deliveries to somebody who is no member of the conversation"));
    found
        .chain([("misdirected", foreign), ("as in the contract", malformed)])
        .map(|(name, broken)| Check::new(Class::Guarantee, name, broken))
        .collect()
}

fn thresholds(report: &Report, options: &Options) -> Vec<Check> {
    let mut checks = vec![
        ("something was done", nothing_done(report, options)),
        ("share of failed requests", failed(report, options)),
    ];
    let p99 = report.latency.get("delivery").map_or(0.0, |it| it.quantiles.p99_ms);
    if let Some(limit) = options.max_p99_ms {
        let broken = (p99 > limit).then(|| format!("delivery p99 is {p99:.1} ms, more than {limit} ms"));
        checks.push(("delivery p99", broken));
    }
    if let Some(limit) = options.max_request_p99_ms {
        checks.push(("p99 of every request", slow(report, limit)));
    }
    if let Some(limit) = options.min_rate {
        let rate = report.acked_per_second;
        let broken = (rate < limit).then(|| format!("{rate:.0} messages/s were acknowledged, fewer than {limit}"));
        checks.push(("acknowledged a second", broken));
    }
    let class = Class::Threshold;
    checks
        .into_iter()
        .map(|(name, broken)| Check::new(class, name, broken))
        .collect()
}

fn slow(report: &Report, limit: f64) -> Option<String> {
    let of_kinds = report.requests.iter().filter(|(kind, _)| {
        let timed = report.latency.get(kind.name());
        timed.is_some_and(|it| it.quantiles.count >= ENOUGH)
    });
    let of_kinds = of_kinds.map(|(kind, it)| (kind.name(), it.p99_ms));
    let slow = of_kinds.chain([("all", report.request_p99_ms)]);
    let slow: Vec<_> = slow
        .filter(|(_, p99)| *p99 > limit)
        .map(|(kind, p99)| format!("{kind} {p99:.1} ms"))
        .collect();
    (!slow.is_empty()).then(|| format!("p99 is more than {limit} ms: {}", slow.join(", ")))
}

fn nothing_done(report: &Report, options: &Options) -> Option<String> {
    let nothing = report.counts.requests == 0 && options.rate > 0.0;
    nothing.then(|| match options.mix.is_only_messages() {
        true => "nothing was acknowledged".to_owned(),
        false => "no request was answered".to_owned(),
    })
}

fn failed(report: &Report, options: &Options) -> Option<String> {
    let failed: u64 = report.requests.values().map(|it| it.outcome.failed).sum();
    let failed = failed + report.unanswered;
    let all = failed + report.counts.requests;
    let percent = 100.0 * failed as f64 / all.max(1) as f64;
    (percent > options.max_failed_percent).then(|| {
        format!(
            "{failed} of {all} requests failed: {percent:.2} %, more than {} %",
            options.max_failed_percent
        )
    })
}
