//! NetworkPolicies: each part of a cluster may be reached by who needs it, and reach what it needs; everything else is closed.
//!
//! Probes come from the pod's own node, which no policy closes. Whether policies hold at all is the network plugin's to say.

mod egress;
#[cfg(test)]
pub(crate) mod evaluator;
mod managed;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::{
    Component, Object, kind,
    object::{NAME, OPERATOR, selector},
    settings::{ADMIN_PORT, HTTP_PORT},
};
use crate::validate::ValidatedCluster;

pub(super) fn build(cluster: &ValidatedCluster) -> Vec<Object> {
    if !cluster.spec.network_policy.enabled {
        return Vec::new();
    }
    let roles = Component::ALL.map(|component| {
        let rules = ingress(cluster, component);
        policy(cluster, component.name(), &rules, &egress::rules(cluster))
    });
    roles.into_iter().chain(managed::policies(cluster)).collect()
}

/// The policy of one part's pods.
fn policy(cluster: &ValidatedCluster, component: &str, ingress: &[Value], egress: &[Value]) -> Object {
    let body = json!({
        "spec": {
            "podSelector": { "matchLabels": selector(cluster, component) },
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": egress,
        }
    });
    Object::new(
        cluster,
        &kind::NETWORK_POLICY,
        component,
        cluster.child(component),
        body,
    )
}

/// Clients reach gateways, and whoever scrapes reaches both roles; the operator asks for sockets and lag.
fn ingress(cluster: &ValidatedCluster, component: Component) -> Vec<Value> {
    let spec = &cluster.spec.network_policy;
    let mut rules = Vec::new();
    if component == Component::Gateway {
        let mut clients = json!({ "ports": [tcp(HTTP_PORT)] });
        if !spec.ingress_namespaces.is_empty() {
            clients["from"] = json!([{ "namespaceSelector": { "matchLabels": spec.ingress_namespaces } }]);
        }
        rules.push(clients);
    }
    // Not from outside the cluster, whatever its labels.
    let namespaces = match spec.monitoring_namespaces.is_empty() {
        true => json!({}),
        false => json!({ "matchLabels": spec.monitoring_namespaces }),
    };
    let watchers = json!([{ "namespaceSelector": namespaces }, operator(cluster)]);
    rules.push(json!({ "ports": [tcp(ADMIN_PORT)], "from": watchers }));
    rules
}

/// The operator's pods, by the label that its chart gives them, and in its own namespace where that is known.
fn operator(cluster: &ValidatedCluster) -> Value {
    let namespace = cluster
        .operator_namespace
        .as_ref()
        .map(|name| json!({ "matchLabels": { "kubernetes.io/metadata.name": name } }));
    json!({
        "namespaceSelector": namespace.unwrap_or_else(|| json!({})),
        "podSelector": { "matchLabels": { NAME: OPERATOR } },
    })
}

/// A port of a rule.
pub(crate) fn tcp(port: u16) -> Value {
    json!({ "port": port, "protocol": "TCP" })
}

/// Names are looked up wherever the cluster's DNS is: as pods, or on the node itself.
pub(crate) fn dns() -> Value {
    json!({ "ports": [{ "port": 53, "protocol": "UDP" }, tcp(53)] })
}
