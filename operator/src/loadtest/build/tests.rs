//! Every object of a table of load tests as a snapshot, each read into its typed struct and back, and who reaches whom.

use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{ConfigMap, Service},
    networking::v1::NetworkPolicy,
};
use serde_json::{Value, json};
use talkline_crds::ChatLoadTestSpec;

use super::{super::target::Resolved, *};
use crate::build::{
    evaluator::{Flow, Peer, allows},
    tests::survives,
};

/// What they are called, and what they say.
const TABLE: [(&str, &str); 3] = [
    ("small", r#"{ "target": { "chatCluster": "chat" } }"#),
    (
        "everything",
        r#"{
            "scenario": "mixed", "target": { "urls": ["http://a:8080", "http://b"] },
            "users": 3000, "membersPerConversation": 4, "ratePerSecond": 900, "arrivals": "Poisson",
            "rampSeconds": 20, "warmupSeconds": 5, "durationSeconds": 120, "settleSeconds": 30, "parallelism": 3,
            "thresholds": { "deliveryP99Millis": 100, "requestP99Millis": 250, "failedPercent": 0, "acknowledgedPerSecond": 800 },
            "startSeconds": 60, "deadlineSeconds": 600, "ttlSecondsAfterFinished": 3600,
            "image": { "repository": "registry.example.com/load", "tag": "1", "pullPolicy": "Always", "pullSecrets": ["registry"] },
            "resources": { "requests": { "cpu": "1500m", "memory": "1Gi" }, "limits": { "memory": "2Gi" } },
            "podTemplate": { "spec": { "nodeSelector": { "pool": "load" }, "containers": [{ "name": "agent", "env": [{ "name": "A", "value": "1" }] }] } }
        }"#,
    ),
    (
        "open",
        r#"{ "target": { "chatCluster": "chat" }, "networkPolicy": false, "podMonitor": "Off" }"#,
    ),
];

fn run(spec: &str) -> Run {
    let spec: ChatLoadTestSpec = serde_json::from_str(spec).unwrap();
    Run {
        name: "evening".to_owned(),
        namespace: "team".to_owned(),
        uid: Some("1".to_owned()),
        target: Resolved::named(&spec.target),
        spec,
        apis: Apis::ALL,
    }
}

fn objects(run: &Run) -> Vec<Object> {
    let mut objects = ground(run);
    objects.extend([agents(run), controller(run)]);
    objects.push(report(run, &[("report.json", "{}".to_owned())]));
    objects
}

#[test]
fn every_object_of_every_load_test() {
    for (name, spec) in TABLE {
        let page: String = objects(&run(spec))
            .iter()
            .map(|object| format!("---\n{}", serde_saphyr::to_string(&object.value).unwrap()))
            .collect();
        insta::with_settings!({ omit_expression => true, snapshot_path => "snapshots" }, {
            insta::assert_snapshot!(name, page);
        });
    }
}

#[test]
fn every_object_has_the_fields_of_its_type_and_no_others() {
    for (_, spec) in TABLE {
        for Object { kind, value, .. } in objects(&run(spec)) {
            match kind.kind {
                "Job" => survives::<Job>(&value),
                "Service" => survives::<Service>(&value),
                "ConfigMap" => survives::<ConfigMap>(&value),
                "NetworkPolicy" => survives::<NetworkPolicy>(&value),
                other => assert_eq!(other, "PodMonitor"),
            }
        }
    }
}

fn pod(labels: Value) -> Peer {
    Peer::Pod {
        namespace: "team".to_owned(),
        namespace_labels: json!({ "kubernetes.io/metadata.name": "team" }),
        labels,
    }
}

#[test]
fn an_agent_is_reached_by_its_controller_alone() {
    let small = run(TABLE[0].1);
    let policies: Vec<Value> = network::policies(&small)
        .into_iter()
        .map(|object| object.value)
        .collect();
    let of = |role| pod(small.selector(role));
    let (agent, controller) = (of(Role::Agent), of(Role::Controller));
    let operator = pod(json!({ NAME: OPERATOR }));
    let stranger = pod(json!({ "app": "shop" }));
    let gateway = |instance: &str| pod(json!({ NAME: "talkline", INSTANCE: instance, COMPONENT: "gateway" }));
    let other = Run {
        name: "morning".to_owned(),
        ..small.clone()
    };
    let rows = [
        (&controller, &agent, CONTROL_PORT, true),
        (&stranger, &agent, CONTROL_PORT, false),
        (&operator, &agent, CONTROL_PORT, false),
        (&agent, &agent, CONTROL_PORT, false),
        (&pod(other.selector(Role::Controller)), &agent, CONTROL_PORT, false),
        (&stranger, &agent, 9090, true),
        (&agent, &gateway("chat"), 8080, true),
        (&agent, &gateway("other"), 8080, false),
        (&operator, &controller, REPORT_PORT, true),
        (&stranger, &controller, REPORT_PORT, false),
        (&agent, &controller, REPORT_PORT, false),
        (&controller, &gateway("chat"), 8080, false),
    ];
    for (from, to, port, open) in rows {
        let flow = Flow {
            from: from.clone(),
            to: to.clone(),
            port,
            protocol: "TCP",
        };
        assert_eq!(allows(&policies, &flow), open, "{flow:?}");
    }
}
