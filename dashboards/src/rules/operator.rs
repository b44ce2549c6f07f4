//! What is wrong with the operator itself. Chats go on without it; changes wait.

use talkline_metrics::catalog::{label, operator, target};

use super::{Alert, Severity};
use crate::promql::Scope;

pub(super) fn alerts() -> Vec<Alert> {
    let scope = Scope::new("", "15m");
    let namespace = [target::NAMESPACE];
    vec![
        Alert {
            name: "TalklineOperatorDoesNotLead",
            severity: Severity::Critical,
            expression: format!("{} == 0", scope.of(&operator::LEADS).by(&namespace).max()),
            holds: "5m",
            summary: "No operator leads: ChatClusters are not looked after.",
            description: "Operators run in {{ $labels.namespace }}, and none has the Lease. Their log says why; rights to the Lease and the API server's health come first.",
        },
        Alert {
            name: "TalklineReconcilesFail",
            severity: Severity::Warning,
            expression: format!(
                "{} > 3",
                scope
                    .of(&operator::STEP_FAILURES)
                    .by(&[target::NAMESPACE, label::STEP])
                    .increase()
            ),
            holds: "15m",
            summary: "The operator cannot bring a ChatCluster up to date.",
            description: "The step {{ $labels.step }} failed about {{ $value | humanize }} times in 15 minutes. `kubectl get chatclusters -A` shows which is Degraded, and its condition why.",
        },
        Alert {
            name: "TalklineOperatorNeverRests",
            severity: Severity::Warning,
            expression: format!(
                "{} > 0.1",
                scope
                    .of(&operator::APPLIES)
                    .by(&[target::NAMESPACE, label::KIND])
                    .rate()
            ),
            holds: "1h",
            summary: "The operator writes the same objects again and again: somebody else changes them back.",
            description: "{{ $labels.kind }} is applied {{ $value | humanize }} times a second for an hour. `kubectl get {{ $labels.kind }} -A --show-managed-fields -o yaml` names the other owner.",
        },
    ]
}
