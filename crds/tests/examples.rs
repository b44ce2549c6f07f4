//! Every example loads, and says what its name promises.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use talkline_crds::{ChatCluster, ChatLoadTest, load};

/// The one that is no ChatCluster.
const LOAD_TEST: &str = "chatloadtest.yaml";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn example(name: &str) -> ChatCluster {
    let text = fs::read_to_string(examples().join(name)).unwrap();
    load(&text).unwrap_or_else(|error| panic!("{name}:\n{error}"))
}

#[test]
fn every_example_loads() {
    let mut names: Vec<String> = fs::read_dir(examples())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "chatcluster.yaml",
            "chatloadtest.yaml",
            "loadtest.yaml",
            "production.yaml"
        ]
    );
    for name in names.iter().filter(|name| *name != LOAD_TEST) {
        example(name);
    }
}

/// Whether the API server takes it is tried on a real one.
#[test]
fn the_load_test_is_aimed_at_the_chat_whose_limits_are_off() {
    let text = fs::read_to_string(examples().join(LOAD_TEST)).unwrap();
    let test: ChatLoadTest = serde_saphyr::from_str(&text).unwrap();
    let chat = example("loadtest.yaml");
    assert_eq!(test.spec.target.chat_cluster, chat.metadata.name);
    assert_eq!(test.metadata.namespace, chat.metadata.namespace);
}

#[test]
fn the_chat_of_up_kube_loads() {
    let spec = example("../deploy/up-kube.yaml").spec;
    assert!(spec.kafka.external.is_some() && spec.redis.external.is_some() && spec.mongo.external.is_some());
}

#[test]
fn the_first_example_offers_demo_accounts_and_managed_servers() {
    let spec = example("chatcluster.yaml").spec;
    assert!(spec.auth.demo_accounts);
    assert!(spec.kafka.managed.is_some() && spec.redis.managed.is_some() && spec.mongo.managed.is_some());
}

#[test]
fn the_load_example_has_every_limit_off() {
    let limits = example("loadtest.yaml").spec.limits;
    let rates = [
        limits.api_requests_per_minute,
        limits.auth_failures_per_15_minutes,
        limits.messages_per_minute,
        limits.socket_events_per_minute,
        limits.reactions_per_minute,
        limits.sockets_per_user,
    ];
    assert_eq!(rates, [0; 6]);
}

#[test]
fn the_production_example_runs_no_server_and_trusts_no_plain_text() {
    let spec = example("production.yaml").spec;
    let (kafka, redis, mongo) = (
        spec.kafka.external.unwrap(),
        spec.redis.external.unwrap(),
        spec.mongo.external.unwrap(),
    );
    assert!(kafka.tls.is_some() && redis.tls.is_some() && mongo.tls.is_some());
    assert!(!spec.auth.demo_accounts);
}
