//! What goes together, and what the adapters are told.

use talkline_cluster::{
    kafka::Mechanism,
    redis::{Mode, Sentinel},
};

use super::*;

#[test]
fn what_does_not_go_together_is_told() {
    let kafka = || Start::default().variable("TALKLINE_KAFKA_BROKERS", "a:1");
    let redis = |url: &str| Start::default().variable("TALKLINE_REDIS_URL", url);
    for (start, expected) in [
        (
            kafka().variable("TALKLINE_KAFKA_MIN_IN_SYNC_REPLICAS", "4"),
            "kafka.minInSyncReplicas must not exceed kafka.replicationFactor",
        ),
        (
            kafka().variable("TALKLINE_KAFKA_TLS_KEY_FILE", "k"),
            "kafka.tls.certificateFile and kafka.tls.keyFile go together: one of them is missing",
        ),
        (
            kafka().variable("TALKLINE_KAFKA_SASL_USERNAME", "ann"),
            "kafka.sasl.username has no kafka.sasl.password",
        ),
        (
            kafka().variable("TALKLINE_KAFKA_SASL_PASSWORD", "p"),
            "kafka.sasl.password has no kafka.sasl.username",
        ),
        (
            kafka().variable("TALKLINE_KAFKA_SASL_MECHANISM", "Plain"),
            "kafka.sasl.mechanism needs kafka.sasl.username and its password",
        ),
        (
            kafka().variable("TALKLINE_KAFKA_SASL_MECHANISM", "OauthBearer"),
            "kafka.sasl.mechanism OauthBearer needs kafka.sasl.tokenEndpoint",
        ),
        (
            kafka().variable("TALKLINE_KAFKA_SASL_TOKEN_ENDPOINT", "https://a"),
            "kafka.sasl.tokenEndpoint goes with mechanism OauthBearer only",
        ),
        (
            redis("redis://a:1,b:1"),
            "redis.url has several addresses: set redis.mode to Cluster or Sentinel",
        ),
        (
            redis("redis://a:1").variable("TALKLINE_REDIS_MODE", "Sentinel"),
            "redis.mode Sentinel needs redis.sentinel.masterName",
        ),
        (
            redis("redis://a:1").variable("TALKLINE_REDIS_SENTINEL_MASTER_NAME", "m"),
            "redis.sentinel goes with redis.mode Sentinel only",
        ),
        (
            redis("redis://a:1/3").variable("TALKLINE_REDIS_MODE", "Cluster"),
            "redis.url: a Redis Cluster has only database 0",
        ),
    ] {
        assert_eq!(start.problems(Role::Up), [expected]);
    }
}

#[test]
fn the_chat_clusters_rules_hold_here_too() {
    let start = Start::default()
        .variable("TALKLINE_DRAIN_MAX_SECONDS", "10")
        .variable("TALKLINE_DRAIN_ACCEPT_SECONDS", "10");
    let problems = start.problems(Role::Up);
    assert_eq!(
        problems,
        ["drain.acceptSeconds: acceptSeconds must be less than maxSeconds"]
    );
}

#[test]
fn the_example_of_a_cluster_is_sound() {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/cluster/talkline.yaml"
    ));
    assert_eq!(Start::file(&text.unwrap()).problems(Role::Up), Vec::<String>::new());
}

#[test]
fn a_role_says_what_it_lacks() {
    let path = |line: &String| line.split_once(" is missing: ").unwrap().0.to_owned();
    let lacks = |role| Start::default().problems(role).iter().map(path).collect::<Vec<_>>();
    assert_eq!(
        lacks(Role::Gateway),
        ["kafka.brokers", "mongo.url", "redis.url", "jwtKeys"]
    );
    assert_eq!(lacks(Role::Worker), ["kafka.brokers", "mongo.url", "redis.url"]);
    assert_eq!(lacks(Role::Up), Vec::<String>::new());
    assert_eq!(
        Start::default().problems(Role::Worker)[0],
        "kafka.brokers is missing: --kafka-brokers, TALKLINE_KAFKA_BROKERS, or kafka.brokers in the file of settings"
    );
}

#[test]
fn nothing_is_a_server_unless_it_is_named() {
    let servers = Start::default().resolve().ok().unwrap().servers;
    assert!(servers.kafka.is_none() && servers.mongo.is_none() && servers.redis.is_none());
}

#[test]
fn a_redis_url_says_all_there_is() {
    let config = |start: Start| start.resolve().ok().unwrap().servers.redis.unwrap();
    let start = |url: &str| Start::default().variable("TALKLINE_REDIS_URL", url);
    let one = config(start("rediss://ann:p%40ss@a:1/7"));
    assert_eq!(
        (one.addresses.as_slice(), one.database, one.mode),
        (&["a:1".to_owned()][..], 7, Mode::Standalone)
    );
    assert!(one.tls.is_some());
    let credentials = one.credentials.unwrap();
    assert_eq!(
        (credentials.username.as_str(), credentials.password.reveal()),
        ("ann", "p@ss")
    );

    // As e2e/servers/up.sh prints a cluster.
    let three = config(start("redis://a:1,redis://b:2,redis://c:3").variable("TALKLINE_REDIS_MODE", "Cluster"));
    assert_eq!(
        (three.addresses, three.mode),
        (vec!["a:1".into(), "b:2".into(), "c:3".into()], Mode::Cluster)
    );
    assert!(three.tls.is_none() && three.credentials.is_none());

    let watched = start("redis://:secret@a:1,b:1").variable("TALKLINE_REDIS_MODE", "Sentinel");
    let watched = config(watched.variable("TALKLINE_REDIS_SENTINEL_MASTER_NAME", "m"));
    assert_eq!(watched.credentials.unwrap().username, "default");
    let sentinel = Sentinel {
        master_name: "m".into(),
        credentials: None,
    };
    assert_eq!(watched.mode, Mode::Sentinel(sentinel));
}

#[test]
fn kafka_is_told_who_we_are() {
    let start = Start::default()
        .variable("TALKLINE_KAFKA_BROKERS", "a:1, b:2")
        .variable("TALKLINE_KAFKA_TLS_CA_FILE", "ca.pem")
        .variable("TALKLINE_KAFKA_SASL_MECHANISM", "ScramSha512")
        .variable("TALKLINE_KAFKA_SASL_USERNAME", "ann")
        .variable("TALKLINE_KAFKA_SASL_PASSWORD", "s3cret");
    let kafka = start.resolve().ok().unwrap().servers.kafka.unwrap();
    assert_eq!(kafka.brokers, ["a:1", "b:2"]);
    assert_eq!(kafka.tls.clone().unwrap().ca, Some("ca.pem".into()));
    let sasl = kafka.sasl.clone().unwrap();
    assert_eq!(
        (sasl.mechanism, sasl.credentials.password.reveal()),
        (Mechanism::ScramSha512, "s3cret")
    );
    assert!(!format!("{kafka:?}").contains("s3cret"));
}
