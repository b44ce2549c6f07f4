//! The definition on a real API server: it is accepted, it fills in and refuses what this crate fills in and refuses, and it keeps
//! what must not change. One server for all of it, since each takes seconds to start.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod loadtests;
#[path = "../refusals/mod.rs"]
mod refusals;

use std::fs;
use std::path::Path;

use refusals::{HEADER, all};
use serde_json::Value;
use talkline_crds::load;
use talkline_testbed::{Kubernetes, Mode};

#[test]
fn a_real_api_server_agrees_with_this_crate() {
    let Some(kubernetes) = Kubernetes::start(Mode::Api, "a_real_api_server_agrees_with_this_crate").unwrap() else {
        return;
    };
    the_definition_is_applied_client_side(&kubernetes);
    examples_get_the_same_defaults(&kubernetes);
    partial_objects_get_the_same_defaults(&kubernetes);
    what_load_refuses_is_refused(&kubernetes);
    what_must_not_change_is_kept(&kubernetes);
    kubectl_scales_and_waits(&kubernetes);
    loadtests::are_taken_as_they_should_be(&kubernetes);
}

fn the_definition_is_applied_client_side(kubernetes: &Kubernetes) {
    let applied = kubernetes
        .kubectl(&["apply", "-f", "-"], include_str!("../../chatcluster.yaml"))
        .unwrap();
    assert!(applied.contains("created"), "{applied}");
    let crd = "customresourcedefinition/chatclusters.talkline.dev";
    // The server answers a wait at once, with an error, while the definition has no status at all yet.
    kubernetes
        .eventually(&["wait", "--for=condition=Established", "--timeout=5s", crd])
        .unwrap();
}

fn examples_get_the_same_defaults(kubernetes: &Kubernetes) {
    kubernetes.kubectl(&["create", "namespace", "talkline"], "").unwrap();
    for name in ["chatcluster.yaml", "production.yaml", "loadtest.yaml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        assert_same_defaults(kubernetes, &fs::read_to_string(path).unwrap());
    }
}

fn partial_objects_get_the_same_defaults(kubernetes: &Kubernetes) {
    let table = [
        "  {}",
        "  gateway:\n  limits:",
        "  gateway: { sockets: {}, drain: {}, service: {}, resources: { requests: {} }, ingress: { host: a.example.com } }",
        "  worker: { autoscaling: {}, batch: {} }",
        "  kafka: { strimzi: { cluster: events } }",
        "  kafka: { external: { bootstrapServers: [\"kafka:9092\"], tls: {} } }\n  redis: { external: { addresses: [\"redis:6379\"] } }",
        "  mongo: { external: { hosts: [\"mongo:27017\"] } }\n  media: { s3: { bucket: chat, region: eu } }",
        "  auth: { password: { hash: {} }, passwordless: {}, tokens: { signingKeys: {} } }",
        "  mail: { smtp: { host: mail } }\n  monitoring: { traces: { otlpEndpoint: \"http://collector:4318\" } }",
        "  podTemplate: { spec: { containers: [{ name: gateway, tty: true }] } }",
    ];
    for spec in table {
        assert_same_defaults(kubernetes, &format!("{HEADER}{spec}\n"));
    }
}

/// Whether the server stores what `load` reads.
fn assert_same_defaults(kubernetes: &Kubernetes, text: &str) {
    let ours = load(text).unwrap();
    let namespace = ours.metadata.namespace.as_deref().unwrap_or("default");
    let arguments = [
        "apply",
        "--dry-run=server",
        "--namespace",
        namespace,
        "-o",
        "json",
        "-f",
        "-",
    ];
    let stored = kubernetes
        .kubectl(&arguments, text)
        .unwrap_or_else(|error| panic!("{text}\n{error}"));
    let theirs: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(theirs["spec"], serde_json::to_value(&ours.spec).unwrap(), "{text}");
}

fn what_load_refuses_is_refused(kubernetes: &Kubernetes) {
    for case in all() {
        let answer = kubernetes.kubectl(&["apply", "--dry-run=server", "-f", "-"], &case.text());
        let Err(refusal) = answer else {
            panic!("{} was accepted", case.name);
        };
        assert!(refusal.to_string().contains(&case.answer()), "{}: {refusal}", case.name);
    }
}

fn what_must_not_change_is_kept(kubernetes: &Kubernetes) {
    let apply = |spec: &str| kubernetes.kubectl(&["apply", "-f", "-"], &format!("{HEADER}{spec}\n"));
    apply("  kafka: { managed: {}, partitions: 12, topicPrefix: chat. }").unwrap();
    apply("  kafka: { managed: {}, partitions: 12, topicPrefix: chat., generation: 1 }\n  paused: true").unwrap();
    let table = [
        (
            "  kafka: { managed: {}, partitions: 24, topicPrefix: chat. }",
            "partitions cannot change once set",
        ),
        (
            "  kafka: { managed: {}, topicPrefix: chat. }",
            "partitions cannot change once set",
        ),
        (
            "  kafka: { managed: {}, partitions: 12, topicPrefix: talk. }",
            "topicPrefix cannot change",
        ),
        ("  kafka: { managed: {}, partitions: 12 }", "topicPrefix cannot change"),
        (
            "  kafka: { managed: {}, partitions: 12, topicPrefix: chat. }",
            "generation cannot fall",
        ),
        (
            "  kafka: { managed: {}, partitions: 12, topicPrefix: chat. }\n  mongo: { managed: {}, database: other }",
            "database cannot change",
        ),
    ];
    for (spec, message) in table {
        let Err(refusal) = apply(spec) else {
            panic!("accepted:\n{spec}");
        };
        assert!(refusal.to_string().contains(message), "{spec}: {refusal}");
    }
}

fn kubectl_scales_and_waits(kubernetes: &Kubernetes) {
    let kubectl = |arguments: &[&str]| kubernetes.kubectl(arguments, "").unwrap();
    kubectl(&["scale", "chat/chat", "--replicas=3"]);
    assert_eq!(
        kubectl(&["get", "chat/chat", "-o", "jsonpath={.spec.gateway.replicas}"]),
        "3"
    );
    let status = r#"{"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "AllReady", "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z"}], "gateway": {"replicas": 3, "readyReplicas": 3}, "endpoints": {"url": "https://a.example.com"}}}"#;
    kubectl(&[
        "patch",
        "chat/chat",
        "--subresource=status",
        "--type=merge",
        "-p",
        status,
    ]);
    kubectl(&["wait", "--for=condition=Ready", "--timeout=10s", "chat/chat"]);
    let row = kubectl(&["get", "talkline", "--no-headers"]);
    let columns: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(columns[..4], ["chat", "True", "AllReady", "3"], "{row}");
}
