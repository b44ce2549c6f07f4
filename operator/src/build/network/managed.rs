//! The policies of the servers that we run: only this cluster's pods reach them, and the operator, which makes topics and indexes there.
//! They reach nobody but themselves.

use serde_json::{Value, json};

use super::{dns, operator, policy, tcp};
use crate::{
    build::{
        Component, Object,
        object::{pods_of, selector},
    },
    validate::{KAFKA_PORT, MONGO_PORT, REDIS_PORT, Scaling, ValidatedCluster},
};

pub(super) fn policies(cluster: &ValidatedCluster) -> Vec<Object> {
    let servers = [
        ("kafka", &cluster.kafka.managed, KAFKA_PORT),
        ("redis", &cluster.redis.managed, REDIS_PORT),
        ("mongo", &cluster.mongo.managed, MONGO_PORT),
    ];
    let ours = servers.into_iter().filter(|(_, managed, _)| managed.is_some());
    ours.map(|(component, _, port)| of(cluster, component, port)).collect()
}

fn of(cluster: &ValidatedCluster, component: &str, port: u16) -> Object {
    // A member of a replica set, and a broker, also find themselves by their Service.
    let itself = json!({ "podSelector": { "matchLabels": selector(cluster, component) } });
    let mut from = vec![pods_of(cluster, &Component::ALL), operator(cluster), itself.clone()];
    if component == "kafka" && matches!(cluster.worker.scaling, Scaling::Keda(_)) {
        from.push(keda());
    }
    let ingress = json!({ "ports": [tcp(port)], "from": from });
    let egress = json!({ "ports": [tcp(port)], "to": [itself] });
    policy(cluster, component, &[ingress], &[dns(), egress])
}

/// KEDA asks for the lag, from whatever namespace it is in.
fn keda() -> Value {
    json!({ "namespaceSelector": {}, "podSelector": { "matchLabels": { "app": "keda-operator" } } })
}
