//! Causes: what is wrong with a chat before, or without, its people noticing.

use talkline_metrics::catalog::{dependency, gateway, kafka, label, mongo, process, target, worker};

use super::{Alert, Rule, Severity};
use crate::promql::Scope;

/// A chat is told apart by these.
const CHAT: [&str; 2] = [target::NAMESPACE, target::CHATCLUSTER];
/// And one of its processes.
const PROCESS: [&str; 3] = [target::NAMESPACE, target::CHATCLUSTER, target::POD];

pub(super) fn alerts(scope: &Scope) -> Vec<Rule> {
    let groups = [lag(scope), servers(scope), damage(scope), saturation(scope), age(scope)];
    groups.into_iter().flatten().map(Rule::Alert).collect()
}

/// Accepted, and not stored yet.
fn lag(scope: &Scope) -> Vec<Alert> {
    let appended = scope.of(&kafka::APPEND).by(&CHAT).rate();
    let workers = scope.named(worker::DEAD_LETTERS.name);
    vec![
        Alert {
            name: "TalklineWorkersFallBehind",
            severity: Severity::Warning,
            expression: format!("{} > 10000", scope.of(&kafka::LAG).by(&CHAT).sum()),
            holds: "5m",
            summary: "More than 10,000 accepted messages wait to be stored.",
            description: "{{ $value | humanize }} records of {{ $labels.namespace }}/{{ $labels.chatcluster }} wait. Look at the workers' CPU and at the duration of MongoDB's calls; add workers, up to the topic's partitions.",
        },
        Alert {
            name: "TalklineNoWorker",
            severity: Severity::Critical,
            expression: format!("{appended} > 0 unless on ({}) {workers}", CHAT.join(", ")),
            holds: "2m",
            summary: "Messages are accepted, and nobody stores and delivers them.",
            description: "{{ $value | humanize }} records a second are appended in {{ $labels.namespace }}/{{ $labels.chatcluster }}, and no worker is scraped. Nothing is lost: what waits is done when a worker runs.",
        },
        Alert {
            name: "TalklineSearchBehind",
            severity: Severity::Warning,
            expression: format!("{} > 120", scope.of(&mongo::INDEX_LAG).by(&CHAT).max()),
            holds: "10m",
            summary: "New messages are not found by search.",
            description: "The index of {{ $labels.namespace }}/{{ $labels.chatcluster }} is {{ $value | humanizeDuration }} behind the store. Look at the workers' log and at MongoDB's load.",
        },
    ]
}

/// The servers that the pods need, and the pods themselves.
fn servers(scope: &Scope) -> Vec<Alert> {
    let dependency = [target::NAMESPACE, target::CHATCLUSTER, label::DEPENDENCY];
    vec![
        Alert {
            name: "TalklineDependencyDown",
            severity: Severity::Critical,
            expression: format!("{} == 0", scope.of(&dependency::UP).by(&dependency).min()),
            holds: "2m",
            summary: "A server that pods need does not answer them.",
            description: "The {{ $labels.dependency }} does not answer at least one pod of {{ $labels.namespace }}/{{ $labels.chatcluster }}. Look at that server, and at the NetworkPolicies between the two.",
        },
        Alert {
            name: "TalklineAppendsFail",
            severity: Severity::Critical,
            expression: format!("{} > 1", scope.of(&kafka::APPEND_FAILURES).by(&CHAT).rate()),
            holds: "5m",
            summary: "Gateways cannot append to the log: clients' messages are refused.",
            description: "{{ $value | humanize }} appends a second fail in {{ $labels.namespace }}/{{ $labels.chatcluster }}. Look at Kafka: brokers, minInSyncReplicas, rights. The gateways' log names the error.",
        },
        Alert {
            name: "TalklinePodUnreachable",
            severity: Severity::Warning,
            expression: format!("{} == 0", up(scope)),
            holds: "5m",
            summary: "A gateway or worker is there and does not answer Prometheus.",
            description: "{{ $labels.pod }} of {{ $labels.namespace }}/{{ $labels.chatcluster }} has not been scraped for five minutes. Look at its readiness and its log, then at the NetworkPolicies.",
        },
    ]
}

/// Prometheus' own word on whether it reached a pod. Others' targets have no ChatCluster.
fn up(scope: &Scope) -> String {
    let all = scope.named("up");
    match all.strip_suffix('}') {
        Some(matched) => format!("{matched},{}!=\"\"}}", target::CHATCLUSTER),
        None => format!("{all}{{{}!=\"\"}}", target::CHATCLUSTER),
    }
}

/// What must never happen.
fn damage(scope: &Scope) -> Vec<Alert> {
    let hour = scope.over("1h");
    vec![
        Alert {
            name: "TalklineConversationQuarantined",
            severity: Severity::Critical,
            expression: format!("{} > 0", hour.of(&worker::QUARANTINED).by(&CHAT).increase()),
            holds: "0m",
            summary: "A conversation was put in quarantine: what is stored of it contradicts the log.",
            description: "The workers' log of {{ $labels.namespace }}/{{ $labels.chatcluster }} names the conversation and the two documents. Keep both, and report it.",
        },
        Alert {
            name: "TalklineDeadLetters",
            severity: Severity::Warning,
            expression: format!("{} > 0", hour.of(&worker::DEAD_LETTERS).by(&CHAT).increase()),
            holds: "0m",
            summary: "Records in the log that no worker understands were put aside.",
            description: "About {{ $value | humanize }} in the last hour in {{ $labels.namespace }}/{{ $labels.chatcluster }}. `talkline dead-letters list` shows them; docs/operating.md says how they are replayed.",
        },
        Alert {
            name: "TalklineHandlerPanics",
            severity: Severity::Warning,
            expression: format!("{} > 0", hour.of(&gateway::SOCKET_HANDLER_PANICS).by(&CHAT).increase()),
            holds: "0m",
            summary: "A gateway met a defect of its own while it handled a socket's event.",
            description: "The gateways' log of {{ $labels.namespace }}/{{ $labels.chatcluster }} has the place. The socket's owner got INTERNAL; others noticed nothing.",
        },
    ]
}

/// What is full, or about to be.
fn saturation(scope: &Scope) -> Vec<Alert> {
    let (open, most) = (scope.of(&process::OPEN_FDS), scope.of(&process::MAX_FDS));
    vec![
        Alert {
            name: "TalklineGatewaysFull",
            severity: Severity::Warning,
            expression: format!("{} > 1", scope.of(&gateway::HANDSHAKES_REFUSED).by(&CHAT).rate()),
            holds: "10m",
            summary: "Gateways turn connections away: they are full.",
            description: "{{ $value | humanize }} handshakes a second are refused in {{ $labels.namespace }}/{{ $labels.chatcluster }}. Raise gateway.replicas, or autoscaling.maxReplicas, or capacity.connections.",
        },
        Alert {
            name: "TalklineFilesRunOut",
            severity: Severity::Warning,
            expression: format!("{} / {} > 0.9", open.by(&PROCESS).max(), most.by(&PROCESS).max()),
            holds: "10m",
            summary: "A process has opened nine tenths of the files and sockets that it may.",
            description: "{{ $labels.pod }} of {{ $labels.namespace }}/{{ $labels.chatcluster }} is at {{ $value | humanizePercentage }}. Raise its limit of open files, or spread its sockets over more gateways.",
        },
    ]
}

/// What ends, or should have been exchanged.
fn age(scope: &Scope) -> Vec<Alert> {
    let certificate = [target::NAMESPACE, target::CHATCLUSTER, label::DEPENDENCY, label::KIND];
    let left = format!(
        "{} - time()",
        scope.of(&dependency::CERTIFICATE_EXPIRES).by(&certificate).min()
    );
    let key = scope.of(&gateway::SIGNING_KEY_MADE).by(&CHAT).min();
    let expires = |severity, days: u32| Alert {
        name: "TalklineCertificateExpires",
        severity,
        expression: format!("{left} < {days} * 86400"),
        holds: "1h",
        summary: "A certificate that pods reach a server with is about to end.",
        description: "The certificate ({{ $labels.kind }}) of {{ $labels.namespace }}/{{ $labels.chatcluster }} for the {{ $labels.dependency }} ends in {{ $value | humanizeDuration }}. Renew the Secret; the operator rolls the pods.",
    };
    vec![
        expires(Severity::Critical, 3),
        expires(Severity::Warning, 21),
        Alert {
            name: "TalklineSigningKeyOld",
            severity: Severity::Warning,
            expression: format!("time() - ({key} > 0) > 120 * 86400"),
            holds: "1h",
            summary: "Access tokens are signed with a key that should have been exchanged.",
            description: "The key of {{ $labels.namespace }}/{{ $labels.chatcluster }} is {{ $value | humanizeDuration }} old. The operator exchanges its own every 90 days unless it is told otherwise; keys of one's own Secret are one's own to exchange.",
        },
    ]
}
