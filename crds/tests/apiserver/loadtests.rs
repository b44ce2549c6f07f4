//! The definition of load tests: its defaults, what it refuses and in which words, and that a load test cannot change.

use std::{fs, path::Path};

use serde_json::{Value, json};
use talkline_crds::ChatLoadTestSpec;
use talkline_testbed::Kubernetes;

const HEADER: &str = "apiVersion: talkline.dev/v1alpha1\nkind: ChatLoadTest\nmetadata: { name: evening }\nspec:\n";

/// Bad specs, and what is said about each.
const REFUSED: [(&str, &str); 9] = [
    ("  users: 10", "target: Required value"),
    (
        "  target: {}",
        "name either chatCluster, a ChatCluster of this namespace, or urls",
    ),
    (
        "  target: { chatCluster: chat, urls: [\"http://a\"] }",
        "name either chatCluster",
    ),
    ("  target: { urls: [\"https://a\"] }", "spec.target.urls[0]"),
    (
        "  target: { chatCluster: chat }\n  users: 10\n  membersPerConversation: 4",
        "users must be a multiple of membersPerConversation",
    ),
    (
        "  target: { chatCluster: chat }\n  users: 4\n  parallelism: 3",
        "every one of parallelism agents needs a conversation of its own",
    ),
    (
        "  target: { chatCluster: chat }\n  durationSeconds: 600\n  deadlineSeconds: 600",
        "deadlineSeconds must be more than rampSeconds, durationSeconds and settleSeconds together",
    ),
    (
        "  target: { chatCluster: chat }\n  scenario: \"No such\"",
        "spec.scenario",
    ),
    (
        "  target: { chatCluster: chat }\n  arrivals: Sometimes",
        "Unsupported value",
    ),
];

pub(crate) fn are_taken_as_they_should_be(kubernetes: &Kubernetes) {
    let definition = include_str!("../../chatloadtest.yaml");
    let applied = kubernetes.kubectl(&["apply", "-f", "-"], definition).unwrap();
    assert!(applied.contains("created"), "{applied}");
    let crd = "customresourcedefinition/chatloadtests.talkline.dev";
    kubernetes
        .eventually(&["wait", "--for=condition=Established", "--timeout=5s", crd])
        .unwrap();
    what_is_not_said_has_the_defaults_of_the_types(kubernetes);
    what_is_wrong_is_refused_in_words(kubernetes);
    one_that_was_made_does_not_change(kubernetes);
}

fn what_is_not_said_has_the_defaults_of_the_types(kubernetes: &Kubernetes) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/chatloadtest.yaml");
    let texts = [
        fs::read_to_string(example).unwrap(),
        format!("{HEADER}  target: {{ chatCluster: chat }}\n"),
        format!("{HEADER}  target: {{ urls: [\"http://a:8080\"] }}\n  image: {{ tag: a }}\n  thresholds: {{}}\n"),
    ];
    for text in texts {
        let read: Value = serde_saphyr::from_str(&text).unwrap();
        let ours: ChatLoadTestSpec = serde_json::from_value(read["spec"].clone()).unwrap();
        let arguments = [
            "apply",
            "--dry-run=server",
            "--namespace=default",
            "-o",
            "json",
            "-f",
            "-",
        ];
        let stored = kubernetes.kubectl(&arguments, &unplaced(&text)).unwrap();
        let theirs: Value = serde_json::from_str(&stored).unwrap();
        assert_eq!(theirs["spec"], serde_json::to_value(&ours).unwrap(), "{text}");
    }
}

/// Without the namespace that an example names.
fn unplaced(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("namespace:"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn what_is_wrong_is_refused_in_words(kubernetes: &Kubernetes) {
    for (spec, expected) in REFUSED {
        let answer = kubernetes.kubectl(&["apply", "--dry-run=server", "-f", "-"], &format!("{HEADER}{spec}\n"));
        let Err(refusal) = answer else {
            panic!("accepted:\n{spec}");
        };
        assert!(refusal.to_string().contains(expected), "{spec}: {refusal}");
    }
}

fn one_that_was_made_does_not_change(kubernetes: &Kubernetes) {
    let text = format!("{HEADER}  target: {{ chatCluster: chat }}\n  users: 10\n");
    kubernetes.kubectl(&["apply", "-f", "-"], &text).unwrap();
    kubernetes.kubectl(&["label", "clt/evening", "a=b"], "").unwrap();
    let patch = json!({ "spec": { "users": 20 } }).to_string();
    let changed = kubernetes.kubectl(&["patch", "clt/evening", "--type=merge", "--patch", &patch], "");
    let refusal = changed.unwrap_err().to_string();
    assert!(refusal.contains("a load test cannot change: delete it"), "{refusal}");
    let status = json!({ "status": { "phase": "Failed", "reason": "Unschedulable", "message": "" } }).to_string();
    let patch = [
        "patch",
        "clt/evening",
        "--subresource=status",
        "--type=merge",
        "--patch",
        &status,
    ];
    kubernetes.kubectl(&patch, "").unwrap();
    let row = kubernetes.kubectl(&["get", "loadtest", "--no-headers"], "").unwrap();
    let columns: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(columns[..3], ["evening", "Failed", "Unschedulable"], "{row}");
}
