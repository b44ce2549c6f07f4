//! Who reaches the load pods: an agent does what whoever reaches it says, so only its controller may; the report is for the operator.

use serde_json::{Value, json};

use super::{CONTROL_PORT, REPORT_PORT, Role, Run, open};
use crate::{
    build::{ADMIN_PORT, HTTP_PORT, INSTANCE, NAME, NETWORK_POLICY, OPERATOR, Object, dns},
    loadtest::target::Resolved,
};

pub(super) fn policies(run: &Run) -> Vec<Object> {
    if !run.spec.network_policy {
        return Vec::new();
    }
    let pods = |role| json!({ "podSelector": { "matchLabels": run.selector(role) } });
    let watchers = json!({ "ports": open(ADMIN_PORT), "from": [{ "namespaceSelector": {} }] });
    let controller = json!({ "ports": open(CONTROL_PORT), "from": [pods(Role::Controller)] });
    let agents = json!({ "ports": open(CONTROL_PORT), "to": [pods(Role::Agent)] });
    let operator = json!({ "namespaceSelector": {}, "podSelector": { "matchLabels": { NAME: OPERATOR } } });
    let report = json!({ "ports": open(REPORT_PORT), "from": [operator] });
    vec![
        policy(run, Role::Agent, "agents", [controller, watchers], [dns(), target(run)]),
        policy(run, Role::Controller, "controller", [report], [dns(), agents]),
    ]
}

/// The gateways of a ChatCluster are known by their labels. Behind a URL there may be a Service, whose pods listen on any port.
fn target(run: &Run) -> Value {
    match &run.target {
        Resolved::Cluster(name) => {
            let labels = json!({ NAME: "talkline", INSTANCE: name, "app.kubernetes.io/component": "gateway" });
            json!({ "ports": open(HTTP_PORT), "to": [{ "podSelector": { "matchLabels": labels } }] })
        }
        Resolved::Urls(_) => json!({}),
    }
}

fn policy<const I: usize>(run: &Run, role: Role, suffix: &str, ingress: [Value; I], egress: [Value; 2]) -> Object {
    let body = json!({
        "spec": {
            "podSelector": { "matchLabels": run.selector(role) },
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress.to_vec(),
            "egress": egress,
        }
    });
    run.object(&NETWORK_POLICY, role.name(), suffix, body)
}
