//! The charts on a real API server, with real controllers and simulated nodes: installed, upgraded, rolled back, removed, and installed
//! again. The operator's pods run nothing there, so what is seen is what helm and Kubernetes do; a chat's own objects are played by
//! one ChatCluster and a Deployment that belongs to it. One cluster for all of it, since each takes seconds to start.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod cluster;
mod rights;

use std::{fs, path::Path};

use cluster::{CRDS, Cluster, NAMESPACE};

/// What stays of both charts, as `kubectl delete` takes it. The API service is the API server's own note of the definitions.
const STAYS: [&str; 3] = [
    "customresourcedefinition.apiextensions.k8s.io/chatclusters.talkline.dev",
    "customresourcedefinition.apiextensions.k8s.io/chatloadtests.talkline.dev",
    "apiservice.apiregistration.k8s.io/v1alpha1.talkline.dev",
];

const CHAT: &str = r#"{"apiVersion": "talkline.dev/v1alpha1", "kind": "ChatCluster", "metadata": {"name": "chat", "namespace": "chat"}, "spec": {}}"#;

#[test]
fn charts_come_and_go_and_chats_stay() {
    let Some(cluster) = Cluster::start("charts_come_and_go_and_chats_stay") else {
        return;
    };
    let before = cluster.inventory();
    definitions_come_first(&cluster);
    rights::are_those_of_the_namespaces(&cluster);
    the_operator_is_installed_under_restricted_security(&cluster);
    rights::are_the_whole_clusters(&cluster);
    let chat = cluster.chat(CHAT);
    an_upgrade_changes_what_it_says(&cluster);
    a_rollback_takes_it_back(&cluster);
    a_new_definition_is_brought_by_an_upgrade(&cluster);
    assert_eq!(cluster.chat_uids(), chat, "a chat was touched");
    what_is_left_is_listed(&cluster, &before);
    assert_eq!(cluster.chat_uids(), chat, "a chat went with its operator");
    it_can_be_installed_again(&cluster);
    assert_eq!(cluster.chat_uids(), chat, "a chat was touched");
    a_namespace_goes_with_its_chat(&cluster);
}

fn definitions_come_first(cluster: &Cluster) {
    let refused = cluster
        .install("talkline", &["--set=example.enabled=true"])
        .unwrap_err()
        .to_string();
    assert!(refused.contains("ensure CRDs are installed first"), "{refused}");
    cluster.install("talkline-crds", &[]).unwrap();
    let definition = "customresourcedefinition/chatclusters.talkline.dev";
    cluster
        .kubernetes
        .eventually(&["wait", "--for=condition=Established", "--timeout=5s", definition])
        .unwrap();
    cluster.install("talkline", &["--set=example.enabled=true"]).unwrap();
    let example = cluster.kubectl(&["get", "chatcluster", "--namespace", NAMESPACE, "--output=name"]);
    assert_eq!(example.trim(), "chatcluster.talkline.dev/chat");
    cluster.helm(&["uninstall", "talkline", "--wait"]).unwrap();
}

fn the_operator_is_installed_under_restricted_security(cluster: &Cluster) {
    // Helm waits for pods, which the namespace takes under the restricted standard only.
    cluster.install("talkline", &["--set=replicas=2", "--wait"]).unwrap();
    let ready = "jsonpath={.status.readyReplicas}";
    let deployment = [
        "get",
        "deployment/talkline-operator",
        "--namespace",
        NAMESPACE,
        "--output",
        ready,
    ];
    assert_eq!(cluster.kubectl(&deployment), "2");
    let tested = cluster.helm(&["test", "talkline"]).unwrap();
    assert!(tested.contains("Succeeded"), "{tested}");
}

fn an_upgrade_changes_what_it_says(cluster: &Cluster) {
    cluster
        .upgrade("talkline", &["--set=replicas=2,concurrency=32", "--wait"])
        .unwrap();
    assert!(
        cluster.arguments().contains("--concurrency=32"),
        "{}",
        cluster.arguments()
    );
}

fn a_rollback_takes_it_back(cluster: &Cluster) {
    cluster.helm(&["rollback", "talkline", "1", "--wait"]).unwrap();
    assert!(
        cluster.arguments().contains("--concurrency=16"),
        "{}",
        cluster.arguments()
    );
}

/// The chart of a later version, with another word in the definition.
fn a_new_definition_is_brought_by_an_upgrade(cluster: &Cluster) {
    let later = tempfile::tempdir().unwrap();
    let chart = later.path().join("talkline-crds");
    fs::create_dir_all(chart.join("templates")).unwrap();
    let definitions = ["chatcluster", "chatloadtest"].map(|name| format!("templates/{name}.yaml"));
    for file in ["Chart.yaml", "values.yaml"]
        .into_iter()
        .chain(definitions.iter().map(String::as_str))
    {
        let text = fs::read_to_string(Path::new(CRDS).join(file)).unwrap();
        let text = text.replace("version: 0.1.0", "version: 0.1.1");
        fs::write(
            chart.join(file),
            text.replace(
                "jsonPath: .status.endpoints.url\n      name: URL",
                "jsonPath: .status.endpoints.url\n      name: Address",
            ),
        )
        .unwrap();
    }
    cluster
        .helm(&["upgrade", "talkline-crds", chart.to_str().unwrap()])
        .unwrap();
    let columns = cluster.kubectl(&["get", "chatclusters", "--namespace=chat"]);
    assert!(columns.contains("ADDRESS"), "{columns}");
    cluster.helm(&["rollback", "talkline-crds", "1"]).unwrap();
    let columns = cluster.kubectl(&["get", "chatclusters", "--namespace=chat"]);
    assert!(columns.contains("URL"), "{columns}");
}

fn what_is_left_is_listed(cluster: &Cluster, before: &cluster::Inventory) {
    cluster.helm(&["uninstall", "talkline", "--wait"]).unwrap();
    let said = cluster.helm(&["uninstall", "talkline-crds", "--wait"]).unwrap();
    assert!(
        said.contains("chatclusters.talkline.dev"),
        "it does not say what it keeps: {said}"
    );
    // What belongs to something that went goes a moment later.
    cluster.settles(|after| {
        let mut left: Vec<_> = after
            .difference(before)
            .filter(|name| !name.ends_with(" chat"))
            .cloned()
            .collect();
        left.sort();
        let mut stays = STAYS.to_vec();
        stays.sort_unstable();
        if left == stays {
            Ok(())
        } else {
            Err(format!("{left:#?}"))
        }
    });
}

fn it_can_be_installed_again(cluster: &Cluster) {
    cluster.install("talkline-crds", &[]).unwrap();
    cluster.install("talkline", &["--wait"]).unwrap();
}

fn a_namespace_goes_with_its_chat(cluster: &Cluster) {
    cluster.kubectl(&["delete", "namespace", "chat", "--wait=false"]);
    let gone = ["wait", "--for=delete", "--timeout=5s", "namespace/chat"];
    cluster.kubernetes.eventually(&gone).unwrap();
}
