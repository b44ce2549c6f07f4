//! The Services in front of the gateways: the one that clients use, and a headless one that names each pod.

use serde_json::{Value, json};
use talkline_crds::spec::ServiceType;

use super::{Component, Object, ingress, kind, object::selector};
use crate::validate::ValidatedCluster;

/// Seconds that a client's address keeps its gateway. A polling transport asks again within 25 s, and WebSockets stay anyway.
const AFFINITY_SECONDS: u32 = 120;

const GATEWAY: &str = Component::Gateway.name();

pub(super) fn build(cluster: &ValidatedCluster) -> [Object; 2] {
    [front(cluster), headless(cluster)]
}

/// Polling clients must come back to the gateway that has their session, so an address keeps its gateway for a while. Behind an ingress
/// the ingress does that, by a cookie.
fn front(cluster: &ValidatedCluster) -> Object {
    let service = &cluster.spec.gateway.service;
    let body = json!({
        "spec": {
            "type": kind_of(service.kind),
            "selector": selector(cluster, GATEWAY),
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": { "clientIP": { "timeoutSeconds": AFFINITY_SECONDS } },
            "ports": [port(service.port)],
        }
    });
    let stated = service
        .annotations
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let annotations = ingress::of_the_service(&cluster.spec.gateway).chain(stated);
    Object::new(cluster, &kind::SERVICE, GATEWAY, cluster.child(GATEWAY), body).annotated(annotations)
}

fn headless(cluster: &ValidatedCluster) -> Object {
    let body = json!({
        "spec": {
            "clusterIP": "None",
            "selector": selector(cluster, GATEWAY),
            "ports": [port(8080)],
        }
    });
    let name = cluster.child("gateway-headless");
    Object::new(cluster, &kind::SERVICE, GATEWAY, name, body)
}

/// The protocol is the API's default; it is part of the list's key, so an apply without it would not find its own item again.
fn port(port: u16) -> Value {
    json!({ "name": "http", "port": port, "targetPort": "http", "protocol": "TCP" })
}

fn kind_of(kind: ServiceType) -> &'static str {
    match kind {
        ServiceType::ClusterIP => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
    }
}
