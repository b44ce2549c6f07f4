//! The strict reader: what it refuses and how it says so, and what it fills in.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod refusals;

use refusals::{HEADER, RULES, all};
use serde_json::Value;
use talkline_crds::spec::{Autoscaling, AutoscalingKind};
use talkline_crds::{ChatCluster, ChatClusterSpec, Definition, load};

fn loaded(spec: &str) -> ChatCluster {
    let text = format!("{HEADER}{spec}\n");
    load(&text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

#[test]
fn every_bad_spec_is_refused_in_one_line_that_says_where_and_what() {
    for case in all() {
        match load(&case.text()) {
            Ok(_) => panic!("{} was accepted", case.name),
            Err(error) => assert_eq!(error.to_string(), case.line(), "{}", case.name),
        }
    }
}

#[test]
fn every_rule_of_creation_has_a_case() {
    let schema = serde_json::to_value(Definition::ChatCluster.crd().unwrap()).unwrap();
    for rule in rules(&schema) {
        let tried = RULES.iter().any(|case| rule["message"] == case.message);
        let transition = rule["rule"].as_str().unwrap().contains("oldSelf");
        assert!(tried || transition, "no bad spec for {rule}");
    }
}

/// The CEL rules anywhere in a definition.
fn rules(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("x-kubernetes-validations").and_then(Value::as_array);
            own.into_iter()
                .flatten()
                .chain(fields.values().flat_map(rules))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(rules).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_text_that_is_no_chat_cluster_is_refused() {
    let table = [
        (
            "",
            "line 1, column 1: the file is empty: it should hold a ChatCluster (talkline.dev/v1alpha1)",
        ),
        (
            "- a\n",
            "line 1, column 1: the file should hold one object, a ChatCluster (talkline.dev/v1alpha1)",
        ),
        (
            "spec: {}\n",
            "line 1, column 1: kind: missing: it should be ChatCluster",
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\n",
            "line 2, column 1: kind: \"Deployment\" is not what this program reads: it should be ChatCluster",
        ),
        (
            "apiVersion: talkline.dev/v2\nkind: ChatCluster\n",
            "line 1, column 1: apiVersion: \"talkline.dev/v2\" is not what this program reads: it should be talkline.dev/v1alpha1",
        ),
        (
            "apiVersion: talkline.dev/v1alpha1\nkind: [ChatCluster]\n",
            "line 2, column 1: kind: it should be ChatCluster",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(load(text).unwrap_err().to_string(), expected, "{text:?}");
    }
}

#[test]
fn several_documents_are_refused_where_the_second_begins() {
    let text = format!("{HEADER}  paused: true\n---\n{HEADER}  paused: true\n");
    assert_eq!(
        load(&text).unwrap_err().to_string(),
        "line 8, column 1: a second document begins: one file holds one document"
    );
    assert!(
        load(&format!("---\n{HEADER}  paused: true\n---\n")).is_ok(),
        "a document that is empty is none"
    );
}

#[test]
fn broken_yaml_is_refused_in_one_line_with_its_position() {
    let table = [
        ("  gateway: [\n", "line 6, column 12: unclosed bracket '['"),
        (
            "  gateway:\n\treplicas: 1\n",
            "line 7, column 2: tabs disallowed within this context (block indentation)",
        ),
        (
            "  paused: true\n  paused: false\n",
            "line 7, column 3: this field stands here for the second time",
        ),
        (
            "  gateway: *nothing\n",
            "line 6, column 12: alias references unknown anchor",
        ),
        (
            "  gateway: { replicas: .inf }\n",
            "line 6, column 24: a number must be finite",
        ),
        (
            "  mail: { from: a: b }\n",
            "line 6, column 18: while parsing a flow mapping, did not find expected ',' or '}'",
        ),
    ];
    for (spec, expected) in table {
        assert_eq!(load(&format!("{HEADER}{spec}")).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_text_that_would_exhaust_its_reader_is_refused() {
    let nested = format!("{HEADER}  gateway: {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    let mut laughs = String::from("a0: &a0 [x]\n");
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    for text in [nested, laughs] {
        let error = load(&text).unwrap_err();
        assert_eq!(error.problems().len(), 1);
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[test]
fn nothing_is_a_default_where_there_is_one_and_an_error_where_there_is_none() {
    assert_eq!(loaded("  gateway:\n  limits:\n").spec, ChatClusterSpec::default());
    let refused = |spec: &str| load(&format!("{HEADER}{spec}")).unwrap_err().to_string();
    assert_eq!(
        refused("  gateway:\n    replicas:\n"),
        "line 7, column 5: spec.gateway.replicas: nothing where a whole number is expected: give a value or remove the line"
    );
    assert_eq!(
        refused("  worker:\n    autoscaling:\n"),
        "line 7, column 5: spec.worker.autoscaling: nothing where an object is expected: write {} for its defaults"
    );
}

#[test]
fn a_name_that_objects_cannot_begin_with_is_refused() {
    let named = |name: &str| load(&HEADER.replace("name: chat\nspec:", &format!("name: {name}\nspec: {{}}")));
    assert!(named("chat-2").is_ok());
    assert!(named(&"a".repeat(talkline_crds::MAX_NAME_LENGTH)).is_ok());
    for name in [
        "Chat",
        "chat.example",
        "2chat",
        "chat-",
        &"a".repeat(talkline_crds::MAX_NAME_LENGTH + 1),
    ] {
        let error = named(name).unwrap_err().to_string();
        assert!(
            error.starts_with("line 4, column 3: metadata.name: "),
            "{name}: {error}"
        );
    }
    let nameless = "apiVersion: talkline.dev/v1alpha1\nkind: ChatCluster\nmetadata: {}\nspec: {}\n";
    assert_eq!(
        load(nameless).unwrap_err().to_string(),
        "line 3, column 1: metadata: the field `name` is missing"
    );
}

#[test]
fn metadata_is_read_as_strictly() {
    let described = |metadata: &str| {
        let text = format!(
            "apiVersion: talkline.dev/v1alpha1\nkind: ChatCluster\nmetadata: {{ name: chat, {metadata} }}\nspec: {{}}\n"
        );
        load(&text)
    };
    let refused = |metadata: &str| described(metadata).unwrap_err().to_string();
    assert_eq!(
        refused("lables: { a: b }"),
        "line 3, column 25: metadata.lables: unknown field; did you mean labels?"
    );
    assert_eq!(
        refused("labels: { a: 1 }"),
        "line 3, column 35: metadata.labels.a: 1 is not a string (put it in quotes)"
    );
    let error = refused("creationTimestamp: soon");
    assert!(error.starts_with("line 1, column 1: what a server fills in"), "{error}");
    let metadata = described("creationTimestamp: null, labels: { a: b }").unwrap().metadata;
    assert_eq!(metadata.creation_timestamp, None);
    assert_eq!(metadata.labels.unwrap()["a"], "b");
}

#[test]
fn a_choice_in_the_wrong_case_is_recognised() {
    let error = load(&format!("{HEADER}  image: {{ pullPolicy: ifnotpresent }}\n"))
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("\"ifnotpresent\" is not one of the choices; did you mean IfNotPresent?"),
        "{error}"
    );
}

#[test]
fn everything_wrong_is_said_in_the_order_of_the_text() {
    let text = format!("{HEADER}  worker:\n    replicas: 0\n  gateway:\n    replica: 1\n    replicas: many\n");
    let error = load(&text).unwrap_err();
    let lines: Vec<u64> = error.problems().iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [7, 9, 10], "{error}");
}

#[test]
fn an_empty_spec_is_the_default_of_the_types() {
    assert_eq!(loaded("  {}").spec, ChatClusterSpec::default());
}

#[test]
fn what_is_given_stays_and_the_rest_is_filled_in() {
    let spec = loaded("  worker:\n    autoscaling: { kind: Keda }\n  limits: { messagesPerMinute: 0 }").spec;
    let expected = Autoscaling {
        kind: AutoscalingKind::Keda,
        ..Autoscaling::default()
    };
    assert_eq!(spec.worker.autoscaling, Some(expected));
    assert_eq!(spec.limits.messages_per_minute, 0);
    assert_eq!(spec.limits.api_requests_per_minute, 100);
}

#[test]
fn anchors_and_merges_are_yaml_as_elsewhere() {
    let spec = loaded("  gateway: { autoscaling: &scaling { maxReplicas: 8 } }\n  worker: { autoscaling: { <<: *scaling, minReplicas: 3 } }").spec;
    assert_eq!(spec.gateway.autoscaling.unwrap().max_replicas, 8);
    let worker = spec.worker.autoscaling.unwrap();
    assert_eq!((worker.min_replicas, worker.max_replicas), (3, 8));
}

#[test]
fn pod_templates_are_kept_as_they_are() {
    let spec = loaded("  podTemplate:\n    spec:\n      containers: [{ name: gateway, stdin: true, tty: null }]").spec;
    let template = serde_json::to_string(&spec.pod_template).unwrap();
    assert_eq!(
        template,
        r#"{"spec":{"containers":[{"name":"gateway","stdin":true,"tty":null}]}}"#
    );
}

#[test]
fn the_defaults_of_kafka_depend_on_who_runs_it() {
    let managed = loaded("  kafka: { managed: {} }").spec.kafka;
    assert_eq!((managed.replication(), managed.min_in_sync()), (1, 1));
    let strimzi = loaded("  kafka: { strimzi: { cluster: events } }").spec.kafka;
    assert_eq!((strimzi.replication(), strimzi.min_in_sync()), (3, 2));
    let given = loaded("  kafka: { strimzi: { cluster: events }, replicationFactor: 5, minInSyncReplicas: 3 }")
        .spec
        .kafka;
    assert_eq!((given.replication(), given.min_in_sync()), (5, 3));
}

#[test]
fn what_kubectl_prints_can_be_read_again() {
    let mut cluster = loaded("  {}");
    cluster.metadata.uid = Some("5f0a".to_owned());
    cluster.status = Some(talkline_crds::status::ChatClusterStatus {
        observed_generation: Some(3),
        version: Some("0.1.0".to_owned()),
        ..Default::default()
    });
    let text = serde_json::to_string(&cluster).unwrap();
    assert_eq!(load(&text).unwrap(), cluster);
}
