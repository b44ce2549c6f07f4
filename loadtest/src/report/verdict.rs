//! Which guarantees and thresholds a run broke.

use super::Report;
use crate::options::Options;

/// One line for each; none when all is well.
pub(super) fn broken(report: &Report, options: &Options) -> Vec<String> {
    let findings = report.findings.named().into_iter().filter(|(_, count)| *count > 0);
    let mut broken: Vec<String> = findings.map(|(name, count)| format!("{count} {name}")).collect();
    let counts = &report.counts;
    if counts.malformed > 0 {
        broken.push(format!("{} payloads were not as in the contract", counts.malformed));
    }
    if counts.acked == 0 && options.rate > 0.0 {
        broken.push("nothing was acknowledged".to_owned());
    }
    let p99 = report.latency.get("delivery").map_or(0.0, |delivery| delivery.p99_ms);
    if let Some(limit) = options.max_p99_ms.filter(|limit| p99 > *limit) {
        broken.push(format!("delivery p99 is {p99:.1} ms, more than {limit} ms"));
    }
    let rate = report.acked_per_second;
    if let Some(limit) = options.min_rate.filter(|limit| rate < *limit) {
        broken.push(format!("{rate:.0} messages/s were acknowledged, fewer than {limit}"));
    }
    broken
}
