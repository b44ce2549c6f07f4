//! What Prometheus computes and reports of a cluster, where the Prometheus operator's API is served. Each alert says what to do; the metrics
//! are those of `docs/metrics.md`.

use serde_json::{Value, json};
use talkline_crds::spec::Optional;

use super::{Object, kind};
use crate::validate::ValidatedCluster;

/// An alert: name, expression, how long it must hold, severity, what it means and what to do. `$` stands for the cluster's pods.
struct Alert {
    name: &'static str,
    expression: &'static str,
    holds: &'static str,
    severity: &'static str,
    summary: &'static str,
    action: &'static str,
}

const ALERTS: [Alert; 6] = [
    Alert {
        name: "TalklineWorkersFallBehind",
        expression: "sum(talkline_kafka_lag_records$) > 10000",
        holds: "5m",
        severity: "warning",
        summary: "More than 10,000 accepted messages wait to be stored.",
        action: "Look at the workers' CPU and at talkline_mongo_call_seconds; add workers, up to the topic's partitions.",
    },
    Alert {
        name: "TalklineMessagesNotAccepted",
        expression: "sum(rate(talkline_kafka_append_failures_total$[5m])) > 1",
        holds: "5m",
        severity: "critical",
        summary: "Gateways cannot append to the log: clients' messages are refused.",
        action: "Look at Kafka: brokers, minInSyncReplicas, rights. The gateways' log names the error.",
    },
    Alert {
        name: "TalklineDependencyDown",
        expression: "min by (dependency) (talkline_dependency_up$) == 0",
        holds: "2m",
        severity: "critical",
        summary: "A server that pods need does not answer them.",
        action: "Look at the server that the label names, and at the NetworkPolicies between the two.",
    },
    Alert {
        name: "TalklineConversationQuarantined",
        expression: "sum(increase(talkline_worker_quarantined_conversations_total$[1h])) > 0",
        holds: "0m",
        severity: "critical",
        summary: "A conversation was put in quarantine: what is stored of it contradicts the log.",
        action: "The workers' log names the conversation and the two documents. Keep both, and report it.",
    },
    Alert {
        name: "TalklineDeadLetters",
        expression: "sum(increase(talkline_worker_dead_letters_total$[1h])) > 0",
        holds: "0m",
        severity: "warning",
        summary: "Records in the log that no worker understands were put aside.",
        action: "talkline dead-letters list shows them; docs/operating.md says how they are replayed.",
    },
    Alert {
        name: "TalklineGatewaysFull",
        expression: "sum(rate(talkline_gateway_handshakes_refused_total$[5m])) > 1",
        holds: "10m",
        severity: "warning",
        summary: "Gateways turn connections away: they are full.",
        action: "Raise gateway.replicas, or autoscaling.maxReplicas, or capacity.connections.",
    },
];

pub(super) fn build(cluster: &ValidatedCluster) -> Option<Object> {
    let wanted = cluster.spec.monitoring.prometheus_rule == Optional::Auto && cluster.apis.prometheus;
    wanted.then(|| {
        let rules: Vec<Value> = ALERTS.iter().map(|alert| rule(cluster, alert)).collect();
        let group = json!({ "name": format!("talkline.{}.{}", cluster.namespace, cluster.name), "rules": rules });
        let body = json!({ "spec": { "groups": [group] } });
        Object::new(
            cluster,
            &kind::PROMETHEUS_RULE,
            "monitoring",
            cluster.name.clone(),
            body,
        )
    })
}

fn rule(cluster: &ValidatedCluster, alert: &Alert) -> Value {
    let (namespace, name) = (&cluster.namespace, &cluster.name);
    let pods = format!(r#"{{namespace="{namespace}",pod=~"{name}-(gateway|worker)-.+"}}"#);
    json!({
        "alert": alert.name,
        "expr": alert.expression.replace('$', &pods),
        "for": alert.holds,
        "labels": { "severity": alert.severity, "chatcluster": name },
        "annotations": { "summary": alert.summary, "description": alert.action },
    })
}
