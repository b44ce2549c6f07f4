//! Every object of a table of ChatClusters as a snapshot, and each known trap by its name.

use std::sync::LazyLock;

use k8s_openapi::api::{
    apps::v1::{Deployment, StatefulSet},
    autoscaling::v2::HorizontalPodAutoscaler,
    core::v1::{ConfigMap, Secret, Service, ServiceAccount},
    networking::v1::{Ingress, NetworkPolicy},
    policy::v1::PodDisruptionBudget,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use talkline_crds::load;

use super::*;
use crate::{
    say,
    validate::{Apis, Facts, validate},
};

/// Beside the examples, what they do not say.
const VARIANTS: [(&str, &str); 6] = [
    ("empty", "  {}"),
    (
        "strimzi",
        "  kafka: { strimzi: { cluster: events } }\n  worker: { autoscaling: { kind: Keda } }",
    ),
    (
        "strimzi-tls",
        "  kafka: { strimzi: { cluster: events, authentication: Tls } }\n  worker: { autoscaling: { kind: Keda } }",
    ),
    (
        "autoscaled",
        "  gateway: { autoscaling: { minReplicas: 3, maxReplicas: 30 } }\n  worker: { autoscaling: {} }",
    ),
    (
        "routed",
        "  gateway: { ingress: { kind: HttpRoute, host: chat.example.com, gatewayName: edge, tlsSecret: tls }, service: { type: LoadBalancer, annotations: { a: b } } }",
    ),
    (
        "secret-url",
        "  mongo: { external: { uri: { name: mongo, key: url }, tls: { clientSecret: mongo-client } } }\n  kafka: { external: { bootstrapServers: [\"kafka:9092\"], tls: {}, sasl: { mechanism: OauthBearer, tokenEndpoint: \"https://id.example.com/token\", credentials: { username: { name: kafka, key: id }, password: { name: kafka, key: secret } } } } }\n  redis: { external: { mode: Sentinel, addresses: [\"a:26379\", \"b:26379\"], sentinel: { masterName: chat, credentials: { username: { name: s, key: u }, password: { name: s, key: p } } } } }\n  auth: { tokens: { signingKeys: { secret: my-keys, rotateDays: 0 } } }\n  worker: { autoscaling: { kind: Keda } }\n  podTemplate: { spec: { priorityClassName: chat, containers: [{ name: gateway, env: [{ name: EXTRA, value: \"1\" }] }] } }",
    ),
];

pub(crate) fn document(spec: &str) -> String {
    format!(
        "apiVersion: talkline.dev/v1alpha1\nkind: ChatCluster\nmetadata: {{ name: chat, namespace: team }}\nspec:\n{spec}\n"
    )
}

/// The validated form of a ChatCluster `chat` in `team`, where every optional API is served.
pub(crate) fn valid(spec: &str) -> ValidatedCluster {
    of(&document(spec))
}

/// The same of one of the examples.
pub(crate) fn example(name: &str) -> ValidatedCluster {
    of(&text_of(name))
}

fn of(text: &str) -> ValidatedCluster {
    let facts = Facts {
        apis: Apis::ALL,
        ..Facts::default()
    };
    validate(&load(text).unwrap(), &facts).unwrap()
}

fn text_of(name: &str) -> String {
    let path = format!("{}/../examples/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn trap_another_way_in_rolls_nothing_and_ends_no_token() {
    let pods_of = |ingress: &str| {
        let cluster = valid(&format!("  gateway: {{ replicas: 2{ingress} }}"));
        let mut objects = objects(&cluster, None);
        objects.retain(|object| [&CONFIG_MAP, &DEPLOYMENT].contains(&object.kind));
        objects.into_iter().map(|object| object.value).collect::<Vec<_>>()
    };
    let before = pods_of("");
    for ingress in ["host: chat.example.com", "host: chat.example.org, tlsSecret: tls"] {
        assert_eq!(pods_of(&format!(", ingress: {{ {ingress} }}")), before, "{ingress}");
    }
}

/// The table: names and texts.
fn texts() -> Vec<(String, String)> {
    let examples = ["chatcluster", "production", "loadtest"].map(|name| (name.to_owned(), text_of(name)));
    let variants = VARIANTS.map(|(name, spec)| (name.to_owned(), document(spec)));
    examples.into_iter().chain(variants).collect()
}

/// Everything that is built of the whole table, read once: evaluating the schema's rules takes a while in a test's build.
fn table() -> &'static [Vec<Object>] {
    static TABLE: LazyLock<Vec<Vec<Object>>> =
        LazyLock::new(|| texts().iter().map(|(_, text)| objects(&of(text), None)).collect());
    &TABLE
}

fn find<'a>(objects: &'a [Object], kind: &str, name: &str) -> &'a Value {
    let found = objects
        .iter()
        .find(|object| object.kind.kind == kind && object.name == name);
    &found.unwrap_or_else(|| panic!("no {kind} {name}")).value
}

#[test]
fn every_object_of_every_example() {
    for (name, text) in texts() {
        insta::with_settings!({ omit_expression => true, snapshot_path => "snapshots" }, {
            insta::assert_snapshot!(name, say::planned(&text).unwrap());
        });
    }
}

/// Whether an object is what its type in the API says, and nothing that the type does not know.
pub(crate) fn survives<T: DeserializeOwned + Serialize>(value: &Value) {
    let typed: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}:\n{value:#}"));
    let mut again = serde_json::to_value(typed).unwrap();
    // What the typed form adds by itself is the very reason why it is not what is applied.
    drop_empty(&mut again, value);
    assert_eq!(&again, value);
}

fn drop_empty(typed: &mut Value, applied: &Value) {
    if let (Value::Object(typed), Value::Object(applied)) = (&mut *typed, applied) {
        typed.retain(|name, value| applied.contains_key(name) || !value.as_array().is_some_and(Vec::is_empty));
        for (name, value) in typed.iter_mut() {
            drop_empty(value, &applied[name]);
        }
    }
}

#[test]
fn every_built_in_object_has_the_fields_of_its_type_and_no_others() {
    for objects in table() {
        for object in objects {
            let value = &object.value;
            match object.kind.kind {
                "ServiceAccount" => survives::<ServiceAccount>(value),
                "Secret" => survives::<Secret>(value),
                "ConfigMap" => survives::<ConfigMap>(value),
                "Service" => survives::<Service>(value),
                "Deployment" => survives::<Deployment>(value),
                "StatefulSet" => survives::<StatefulSet>(value),
                "HorizontalPodAutoscaler" => survives::<HorizontalPodAutoscaler>(value),
                "PodDisruptionBudget" => survives::<PodDisruptionBudget>(value),
                "NetworkPolicy" => survives::<NetworkPolicy>(value),
                "Ingress" => survives::<Ingress>(value),
                other => assert!(!object.kind.is_builtin(), "{other} is not checked"),
            }
        }
    }
}

#[test]
fn every_object_is_of_a_kind_that_orphans_are_looked_for_in_and_has_a_name_of_its_own() {
    for objects in table() {
        let mut seen = Vec::new();
        for object in objects {
            assert!(OWNED.contains(&object.kind), "{}", object.kind.kind);
            let place = (object.kind.kind, object.name.clone());
            assert!(!seen.contains(&place), "{place:?} twice");
            assert!(object.name.len() <= 63, "{}", object.name);
            seen.push(place);
        }
    }
}

#[test]
fn trap_replicas_are_not_claimed_while_somebody_scales() {
    let fixed = objects(&valid("  gateway: { replicas: 5 }"), None);
    assert_eq!(find(&fixed, "Deployment", "chat-gateway")["spec"]["replicas"], 5);
    let scaled = objects(&valid("  gateway: { autoscaling: {} }"), None);
    assert_eq!(
        find(&scaled, "Deployment", "chat-gateway")["spec"].get("replicas"),
        None
    );
    let keda = objects(&valid("  worker: { autoscaling: { kind: Keda } }"), None);
    assert_eq!(find(&keda, "Deployment", "chat-worker")["spec"].get("replicas"), None);
}

#[test]
fn trap_no_object_claims_an_empty_field() {
    fn empty(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Null => found.push(path.to_owned()),
            Value::Array(items) if items.is_empty() => found.push(path.to_owned()),
            Value::Array(items) => items.iter().for_each(|item| empty(item, path, found)),
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| empty(value, &format!("{path}.{name}"), found)),
            _ => {}
        }
    }
    for objects in table() {
        for object in objects {
            let mut found = Vec::new();
            empty(&object.value, object.kind.kind, &mut found);
            assert_eq!(found, Vec::<String>::new());
        }
    }
}

#[test]
fn trap_a_rollout_lets_at_most_one_gateway_drain_at_a_time() {
    let objects = objects(&valid("  {}"), None);
    let spec = &find(&objects, "Deployment", "chat-gateway")["spec"];
    assert_eq!(
        spec["strategy"]["rollingUpdate"],
        serde_json::json!({ "maxSurge": 1, "maxUnavailable": 0 })
    );
    let number = |value: &Value| value.as_u64().unwrap();
    let ready = number(&spec["minReadySeconds"]);
    // 20,000 sockets at 100 a second, after 5 s of grace.
    assert!(ready >= 205, "{ready}");
    assert!(number(&spec["progressDeadlineSeconds"]) > ready);
    assert!(
        number(&spec["template"]["spec"]["terminationGracePeriodSeconds"]) > 600,
        "over the longest drain"
    );
}

#[test]
fn trap_scale_in_takes_one_gateway_at_a_time_and_waits_for_its_drain() {
    let objects = objects(&valid("  gateway: { autoscaling: {} }"), None);
    let down = &find(&objects, "HorizontalPodAutoscaler", "chat-gateway")["spec"]["behavior"]["scaleDown"];
    assert_eq!(
        down["policies"],
        serde_json::json!([{ "type": "Pods", "value": 1, "periodSeconds": 210 }])
    );
}

#[test]
fn trap_a_changed_setting_rolls_and_an_unchanged_one_does_not() {
    let annotation = |spec: &str| {
        let objects = objects(&valid(spec), None);
        let template = &find(&objects, "Deployment", "chat-gateway")["spec"]["template"];
        template["metadata"]["annotations"]["talkline.dev/config-hash"].clone()
    };
    let plain = annotation("  {}");
    assert_eq!(plain, annotation("  {}"));
    assert_eq!(
        plain,
        annotation("  gateway: { replicas: 7 }"),
        "more pods are no other pods"
    );
    assert_eq!(plain, annotation("  paused: true"));
    assert_ne!(plain, annotation("  limits: { messagesPerMinute: 31 }"));
}

#[test]
fn trap_workers_never_outnumber_partitions() {
    let cluster = valid(
        "  worker: { autoscaling: { kind: Keda, minReplicas: 2, maxReplicas: 8 } }\n  kafka: { managed: {}, partitions: 8 }",
    );
    let facts_made = ValidatedCluster {
        partitions: 4,
        ..cluster
    };
    let objects = objects(&facts_made, None);
    assert_eq!(
        find(&objects, "ScaledObject", "chat-worker")["spec"]["maxReplicaCount"],
        4
    );
}

/// What KEDA is told of the load of one of `production`'s roles.
fn load_trigger(name: &str) -> Value {
    let objects = objects(&example("production"), None);
    find(&objects, "ScaledObject", name)["spec"]["triggers"][0].clone()
}

#[test]
fn trap_a_kafka_or_a_prometheus_that_is_down_scales_nothing() {
    let objects = objects(&example("production"), None);
    for name in ["chat-gateway", "chat-worker"] {
        let spec = &find(&objects, "ScaledObject", name)["spec"];
        assert_eq!(spec.get("fallback"), None, "without one, pods stay as they are");
    }
    assert_eq!(load_trigger("chat-gateway")["metadata"]["ignoreNullValues"], "false");
}

#[test]
fn trap_a_group_that_never_committed_shows_its_whole_lag() {
    let metadata = &load_trigger("chat-worker")["metadata"];
    assert_eq!(metadata["offsetResetPolicy"], "earliest");
    assert_eq!(metadata["topic"], "talkline.chat.chat.send");
    assert_eq!(metadata["consumerGroup"], "talkline.chat.workers");
}

#[test]
fn trap_kafkas_credentials_reach_keda_by_reference() {
    let objects = objects(&example("production"), None);
    let trigger = load_trigger("chat-worker");
    assert_eq!(trigger["authenticationRef"]["name"], "chat-kafka-lag");
    let secrets = &find(&objects, "TriggerAuthentication", "chat-kafka-lag")["spec"]["secretTargetRef"];
    let reference = |parameter: &str, name: &str, key: &str| serde_json::json!({ "parameter": parameter, "name": name, "key": key });
    assert_eq!(
        *secrets,
        serde_json::json!([
            reference("username", "kafka-user", "username"),
            reference("password", "kafka-user", "password"),
            reference("ca", "kafka-ca", "ca.crt"),
        ])
    );
}

#[test]
fn trap_strimzis_topics_go_with_their_resources() {
    let owned = |spec: &str, kind: &str| {
        let cluster = ValidatedCluster {
            uid: Some("u".to_owned()),
            ..valid(&format!("  kafka: {{ strimzi: {{ cluster: events }} }}\n{spec}"))
        };
        let objects = objects(&cluster, None);
        let of_kind = objects.into_iter().filter(|object| object.kind.kind == kind);
        of_kind
            .map(|object| object.value["metadata"].get("ownerReferences").is_some())
            .collect::<Vec<_>>()
    };
    assert_eq!(owned("", "KafkaTopic"), [false; 4], "they outlive their ChatCluster");
    assert_eq!(owned("", "KafkaUser"), [true]);
    assert_eq!(owned("  deletionPolicy: Delete", "KafkaTopic"), [true; 4]);
}

#[test]
fn trap_the_sockets_of_a_gateway_that_drains_do_not_scale_up() {
    let ours = r#"{namespace="talkline",chatcluster="chat"}"#;
    assert_eq!(
        load_trigger("chat-gateway")["metadata"]["query"],
        format!("sum(talkline_gateway_sockets_open{ours} unless (talkline_gateway_draining{ours} == 1))")
    );
}

#[test]
fn trap_what_a_gateway_that_drains_has_not_handed_over_yet_does_not_scale_down() {
    let window = |spec: &str| {
        let scaler = format!("  gateway: {{ {spec}, autoscaling: {{ scaleDownSeconds: 0 }} }}");
        let objects = objects(&valid(&scaler), None);
        let down = &find(&objects, "HorizontalPodAutoscaler", "chat-gateway")["spec"]["behavior"]["scaleDown"];
        down["stabilizationWindowSeconds"].as_u64().unwrap()
    };
    assert_eq!(window("drain: {}"), 210, "as long as a full one drains");
    let longest = "drain: { maxSeconds: 7200, socketsPerMinute: 170 }";
    assert_eq!(window(longest), 3_600, "and no longer than Kubernetes allows");
}

#[test]
fn every_pod_keeps_to_the_restricted_standard() {
    for objects in table() {
        for object in objects {
            let pod = &object.value["spec"]["template"]["spec"];
            let Some(containers) = pod["containers"].as_array() else {
                continue;
            };
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{}", object.name);
            assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
            assert_eq!(pod["automountServiceAccountToken"], false);
            for container in containers {
                let security = &container["securityContext"];
                assert_eq!(security["allowPrivilegeEscalation"], false, "{}", object.name);
                assert_eq!(security["capabilities"]["drop"], serde_json::json!(["ALL"]));
                assert_eq!(security["readOnlyRootFilesystem"], true);
            }
        }
    }
}

#[test]
fn trap_a_generation_is_told_where_there_was_another_and_rolls_nobody_else() {
    let config = |spec: &str| {
        let objects = objects(&valid(spec), None);
        find(&objects, "ConfigMap", "chat-config")["data"]["talkline.yaml"]
            .as_str()
            .map(str::to_owned)
            .unwrap()
    };
    assert!(!config("  {}").contains("generation"));
    assert!(config("  kafka: { managed: {}, generation: 2 }").contains("generation: 2"));
}

#[test]
fn nothing_secret_stands_in_any_object() {
    let keys = KeySet::next(None, &valid("  {}").keys, 0);
    for object in objects(&example("production"), Some(&keys)) {
        if object.kind.kind != "Secret" {
            assert!(!object.value.to_string().contains("\"d\""), "{}", object.name);
        }
    }
    let objects = objects(&example("production"), None);
    let config = find(&objects, "ConfigMap", "chat-config")["data"]["talkline.yaml"]
        .as_str()
        .unwrap();
    assert!(
        !config.contains("username") && !config.contains("kafka-user"),
        "{config}"
    );
}
