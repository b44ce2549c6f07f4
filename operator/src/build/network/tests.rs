//! Every flow that a cluster needs is open, and the others are closed.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::evaluator::{Flow, Peer, allows};
use crate::build::tests::{example, valid};

const CLIENT: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
const DATABASES: Ipv4Addr = Ipv4Addr::new(10, 30, 4, 5);

fn pod(namespace: &str, labels: Value) -> Peer {
    Peer::Pod {
        namespace: namespace.to_owned(),
        namespace_labels: json!({ "kubernetes.io/metadata.name": namespace }),
        labels,
    }
}

fn part(namespace: &str, instance: &str, component: &str) -> Peer {
    let labels = json!({
        "app.kubernetes.io/name": "talkline",
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/component": component,
    });
    pod(namespace, labels)
}

/// A pod with the label that the chart gives the operator's.
fn operator(namespace: &str) -> Peer {
    pod(namespace, json!({ "app.kubernetes.io/name": "talkline-operator" }))
}

fn policies(cluster: &crate::validate::ValidatedCluster) -> Vec<Value> {
    super::build(cluster).into_iter().map(|object| object.value).collect()
}

/// Checks rows of sender, receiver, port and whether it is open.
fn check(policies: &[Value], rows: &[(&Peer, &Peer, u16, bool)]) {
    for (from, to, port, open) in rows {
        let flow = Flow {
            from: (*from).clone(),
            to: (*to).clone(),
            port: *port,
            protocol: "TCP",
        };
        assert_eq!(allows(policies, &flow), *open, "{flow:?}");
    }
}

#[test]
fn a_platform_with_servers_of_its_own() {
    let policies = policies(&valid("  {}"));
    let [gateway, worker, kafka, mongo, redis] =
        ["gateway", "worker", "kafka", "mongo", "redis"].map(|component| part("team", "chat", component));
    let stranger = pod("team", json!({ "app": "shop" }));
    let neighbour = part("team", "other", "worker");
    let prometheus = pod("monitoring", json!({ "app": "prometheus" }));
    let operator = operator("talkline-system");
    let outside = Peer::Address(CLIENT);
    check(
        &policies,
        &[
            (&operator, &kafka, 9092, true),
            (&operator, &mongo, 27017, true),
            (&operator, &redis, 6379, true),
            (&operator, &kafka, 9093, false),
            (&outside, &gateway, 8080, true),
            (&stranger, &gateway, 8080, true),
            (&prometheus, &gateway, 9090, true),
            (&prometheus, &worker, 9090, true),
            (&gateway, &kafka, 9092, true),
            (&worker, &kafka, 9092, true),
            (&gateway, &redis, 6379, true),
            (&worker, &mongo, 27017, true),
            (&mongo, &mongo, 27017, true),
            (&outside, &gateway, 9090, false),
            (&outside, &worker, 9090, false),
            (&gateway, &worker, 8080, false),
            (&stranger, &kafka, 9092, false),
            (&stranger, &mongo, 27017, false),
            (&neighbour, &mongo, 27017, false),
            (&neighbour, &redis, 6379, false),
            (&gateway, &outside, 443, false),
            (&kafka, &mongo, 27017, false),
            (&mongo, &outside, 443, false),
            (&worker, &kafka, 9093, false),
        ],
    );
}

#[test]
fn names_are_looked_up_from_everywhere() {
    let policies = policies(&valid("  {}"));
    let dns = pod("kube-system", json!({ "k8s-app": "kube-dns" }));
    for component in ["gateway", "worker", "kafka", "mongo", "redis"] {
        for protocol in ["UDP", "TCP"] {
            let flow = Flow {
                from: part("team", "chat", component),
                to: dns.clone(),
                port: 53,
                protocol,
            };
            assert!(allows(&policies, &flow), "{flow:?}");
        }
    }
}

#[test]
fn a_platform_on_servers_of_others() {
    let policies = policies(&example("production"));
    let [gateway, worker] = ["gateway", "worker"].map(|component| part("talkline", "chat", component));
    let nginx = pod("ingress-nginx", json!({ "app": "nginx" }));
    let prometheus = pod("monitoring", json!({ "app": "prometheus" }));
    let shop = pod("shop", json!({}));
    let operator = operator("talkline-system");
    let (client, databases) = (Peer::Address(CLIENT), Peer::Address(DATABASES));
    check(
        &policies,
        &[
            (&nginx, &gateway, 8080, true),
            (&prometheus, &worker, 9090, true),
            (&operator, &gateway, 9090, true),
            (&operator, &gateway, 8080, false),
            (&gateway, &databases, 9093, true),
            (&worker, &databases, 27017, true),
            (&worker, &databases, 6379, true),
            (&client, &gateway, 8080, false),
            (&shop, &gateway, 8080, false),
            (&shop, &gateway, 9090, false),
            (&gateway, &client, 9093, false),
            (&gateway, &databases, 22, false),
        ],
    );
}

#[test]
fn whoever_takes_the_operators_label_elsewhere_reaches_nothing_once_its_namespace_is_known() {
    let mut cluster = valid("  {}");
    cluster.operator_namespace = Some("talkline-system".to_owned());
    let policies = policies(&cluster);
    let (ours, theirs) = (operator("talkline-system"), operator("shop"));
    for (component, port) in [("kafka", 9092), ("mongo", 27017), ("redis", 6379)] {
        let server = part("team", "chat", component);
        check(
            &policies,
            &[(&ours, &server, port, true), (&theirs, &server, port, false)],
        );
    }
}

#[test]
fn keda_reaches_the_kafka_that_it_scales_by() {
    let keda = pod("keda", json!({ "app": "keda-operator" }));
    let kafka = part("team", "chat", "kafka");
    let without = policies(&valid("  {}"));
    check(&without, &[(&keda, &kafka, 9092, false)]);
    let with = policies(&valid("  worker: { autoscaling: { kind: Keda } }"));
    check(&with, &[(&keda, &kafka, 9092, true)]);
}

#[test]
fn none_are_made_where_they_are_switched_off() {
    assert!(policies(&valid("  networkPolicy: { enabled: false }")).is_empty());
}
