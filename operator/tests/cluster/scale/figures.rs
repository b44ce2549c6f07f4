//! What is read of the operator and of its ChatClusters, and how a row of the table says it.

use std::{fmt, time::Duration};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::operator::Operator;

/// The table's head.
pub(super) const HEAD: &str = "\
| ChatClusters | reconciles | p50 / p99 | operator's CPU meanwhile | create to Ready p50 / p99 | all Ready after | CPU at rest | reconciles/s at rest | writes at rest | resident |
|---|---|---|---|---|---|---|---|---|---|";

/// The upper bounds of the histogram of reconciles, in seconds, as the page writes them.
const BOUNDS: [&str; 10] = [
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "10.0",
];

/// What an operator has done so far, or in some time.
#[derive(Clone)]
pub(super) struct Reading {
    /// Reconciles within each bound.
    within: Vec<f64>,
    reconciles: f64,
    /// Seconds of CPU.
    cpu: f64,
}

impl Reading {
    pub(super) fn of(operator: &Operator) -> Result<Self> {
        let of =
            |bound: &&str| operator.metric(&format!(r#"talkline_operator_reconcile_seconds_bucket{{le="{bound}""#));
        Ok(Self {
            within: BOUNDS.iter().map(of).collect::<Result<_>>()?,
            reconciles: operator.metric("talkline_operator_reconcile_seconds_count")?,
            cpu: operator.cpu()?.as_secs_f64(),
        })
    }

    pub(super) fn since(&self, before: &Self) -> Self {
        let within = self.within.iter().zip(&before.within);
        Self {
            within: within.map(|(now, before)| now - before).collect(),
            reconciles: self.reconciles - before.reconciles,
            cpu: self.cpu - before.cpu,
        }
    }

    pub(super) fn reconciles(&self) -> f64 {
        self.reconciles
    }

    pub(super) fn at_rest(&self, time: Duration) -> String {
        let share = 100.0 * self.cpu / time.as_secs_f64();
        format!("{share:.1} % of a core | {:.1}", self.reconciles / time.as_secs_f64())
    }

    /// As Prometheus estimates it: evenly spread within a bucket.
    fn quantile(&self, share: f64) -> f64 {
        let rank = share * self.reconciles;
        let bounds = BOUNDS.iter().map(|bound| bound.parse().unwrap_or(f64::NAN));
        let (mut below, mut from) = (0.0, 0.0);
        for (bound, within) in bounds.zip(&self.within) {
            if *within >= rank {
                return from + (bound - from) * (rank - below) / (within - below).max(1.0);
            }
            (below, from) = (*within, bound);
        }
        f64::INFINITY
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |share| 1_000.0 * self.quantile(share);
        let (reconciles, cpu) = (self.reconciles, self.cpu);
        write!(
            f,
            "{reconciles} | {:.0} / {:.0} ms | {cpu:.1} s",
            millis(0.5),
            millis(0.99)
        )
    }
}

/// Seconds from a ChatCluster's making to its being ready, in order: the API's times are whole seconds.
pub(super) struct Wait(Vec<i64>);

impl Wait {
    pub(super) fn of(list: &Value, names: &[String]) -> Result<Self> {
        let all = list["items"].as_array().context("no items")?;
        let new = all
            .iter()
            .filter(|chat| names.iter().any(|name| chat["metadata"]["name"] == *name.as_str()));
        let mut seconds = new.map(wait).collect::<Result<Vec<_>>>()?;
        ensure!(seconds.len() == names.len(), "{} of {}", seconds.len(), names.len());
        seconds.sort_unstable();
        Ok(Self(seconds))
    }

    fn quantile(&self, percent: usize) -> i64 {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (half, most, all) = (self.quantile(50), self.quantile(99), self.quantile(100));
        write!(f, "{half} / {most} s | {all} s")
    }
}

fn wait(chat: &Value) -> Result<i64> {
    let conditions = chat["status"]["conditions"].as_array().context("no conditions")?;
    let mut ready = conditions
        .iter()
        .filter(|one| one["type"] == "Ready" && one["status"] == "True");
    let second = |time: &Value| -> Result<i64> {
        let time: Timestamp = time.as_str().context("no time")?.parse()?;
        Ok(time.as_second())
    };
    let ready = ready
        .next()
        .with_context(|| format!("not ready: {}", chat["metadata"]["name"]))?;
    Ok(second(&ready["lastTransitionTime"])? - second(&chat["metadata"]["creationTimestamp"])?)
}
