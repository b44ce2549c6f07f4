//! What a run of the load harness has found: its checker knows every message that was acknowledged.

use talkline_metrics::catalog::{label, loadtest, target};

use super::{Alert, Severity};
use crate::promql::Scope;

pub(super) fn alerts() -> Vec<Alert> {
    let findings = Scope::new("", "5m");
    let findings = findings.of(&loadtest::FINDINGS).by(&[target::NAMESPACE, label::KIND]);
    vec![Alert {
        name: "TalklineGuaranteeBroken",
        severity: Severity::Critical,
        expression: format!("{} > 0", findings.max()),
        holds: "0m",
        summary: "A load test found that a guarantee does not hold.",
        description: "{{ $value | humanize }} {{ $labels.kind }} in {{ $labels.namespace }}. The harness's report names the conversations. Keep the logs of its run: of gateways, workers and servers.",
    }]
}
