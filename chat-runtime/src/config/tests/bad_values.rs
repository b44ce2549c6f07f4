//! Every kind of bad value, and what is said of it.

use super::*;

/// A variable, a bad value of it, and what is said.
const BAD: &[(&str, &str, &str)] = &[
    (
        "TALKLINE_LISTEN",
        "8080",
        "\"8080\" is not an address and a port, as 127.0.0.1:8080",
    ),
    (
        "TALKLINE_NAME",
        "a b",
        "\"a b\" is not 1 to 128 letters, digits, dots, hyphens or underscores",
    ),
    (
        "TALKLINE_START_SECONDS",
        "1m",
        "\"1m\" is not a whole number from 0 to 3600",
    ),
    ("TALKLINE_KAFKA_BROKERS", "a:1,b", "\"b\" is not host:port"),
    (
        "TALKLINE_KAFKA_BROKERS",
        "http://a:1",
        "\"http://a:1\" is not host:port",
    ),
    (
        "TALKLINE_KAFKA_PARTITIONS",
        "0",
        "\"0\" is not a whole number from 1 to 10000",
    ),
    (
        "TALKLINE_KAFKA_GENERATION",
        "32768",
        "\"32768\" is not a whole number from 0 to 32767",
    ),
    (
        "TALKLINE_KAFKA_REPLICATION_FACTOR",
        "three",
        "\"three\" is not a whole number from 1 to 7",
    ),
    (
        "TALKLINE_KAFKA_LINGER_MILLIS",
        "1001",
        "\"1001\" is not a whole number from 0 to 1000",
    ),
    (
        "TALKLINE_KAFKA_LINGER_MILLIS",
        "-1",
        "\"-1\" is not a whole number from 0 to 1000",
    ),
    (
        "TALKLINE_KAFKA_COMPRESSION",
        "Lz5",
        "\"Lz5\" is not one of the choices; did you mean Lz4?",
    ),
    (
        "TALKLINE_KAFKA_COMPRESSION",
        "snappy",
        "\"snappy\" is not one of the choices; known here: None, Lz4, Zstd",
    ),
    ("TALKLINE_KAFKA_SASL_MECHANISM", "SCRAM", "is not one of the choices"),
    (
        "TALKLINE_KAFKA_SASL_TOKEN_ENDPOINT",
        "a",
        "\"a\" is not an http:// or https:// URL",
    ),
    ("TALKLINE_KAFKA_TOPIC_PREFIX", "a/b", "is not up to 128 letters"),
    ("TALKLINE_KAFKA_TLS_ENABLED", "yes", "\"yes\" is not true or false"),
    (
        "TALKLINE_MONGO_URL",
        "ann:s3cret@a",
        "this is not a mongodb:// or mongodb+srv:// URL",
    ),
    (
        "TALKLINE_MONGO_URL",
        "mongodb://",
        "this is not a mongodb:// or mongodb+srv:// URL",
    ),
    ("TALKLINE_MONGO_DATABASE", "a.b", "is not 1 to 63 letters"),
    (
        "TALKLINE_REDIS_URL",
        "http://s3cret@a:1",
        "this is not redis:// or rediss://",
    ),
    (
        "TALKLINE_REDIS_URL",
        "redis://:s3cret@a",
        "this is not redis:// or rediss://",
    ),
    (
        "TALKLINE_REDIS_URL",
        "redis://a:1/256",
        "this is not redis:// or rediss://",
    ),
    (
        "TALKLINE_REDIS_URL",
        "redis://ann@a:1",
        "there is a user and no password",
    ),
    (
        "TALKLINE_REDIS_URL",
        "redis://:s3cret@a:1,redis://:s3cret@b:1",
        "this is not redis:// or rediss://",
    ),
    ("TALKLINE_REDIS_KEY_PREFIX", "{a}", "is not up to 128 letters"),
    (
        "TALKLINE_GATEWAY_ORIGINS",
        "chat.example.com",
        "is not an origin as https://chat.example.com, or *",
    ),
    (
        "TALKLINE_GATEWAY_TRUSTED_PROXIES",
        "10.0.0.1/33",
        "\"10.0.0.1/33\" is not a network as 10.0.0.0/8",
    ),
    (
        "TALKLINE_AUTH_ALLOWED_EMAIL_DOMAINS",
        "ann@example.org",
        "is not a domain",
    ),
    (
        "TALKLINE_AUTH_PASSWORD_HASH_MEMORY_KIB",
        "1024",
        "\"1024\" is not a whole number from 8192 to 1048576",
    ),
    (
        "TALKLINE_REDIS_PASSWORD_FILE",
        "/nowhere/at/all",
        "/nowhere/at/all cannot be read: ",
    ),
    (
        "TALKLINE_LOGS_LEVEL",
        "info",
        "\"info\" is not one of the choices; did you mean Info?",
    ),
];

#[test]
fn each_kind_says_what_it_wants() {
    for (variable, value, expected) in BAD.iter().copied() {
        let problems = Start::default().variable(variable, value).problems(Role::Up);
        assert_eq!(problems.len(), 1, "{variable}={value}: {problems:?}");
        let line = problems[0]
            .strip_prefix(variable)
            .and_then(|rest| rest.strip_prefix(": "))
            .unwrap_or_default();
        assert!(
            line.starts_with(expected) || line.contains(expected),
            "{variable}={value}: {problems:?}"
        );
        assert!(!line.contains("s3cret"), "{line}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let start = Start::file("listen: here\nkafka:\n  lingerMillis: [1, 2]\n  brokrs: 1\n")
        .variable("TALKLINE_ADMIN", "there")
        .variable("TALKLINE_WHAT", "1")
        .flag("redis.timeoutMillis", "0");
    assert_eq!(
        start.problems(Role::Up),
        [
            "talkline.yaml: line 4, column 3: kafka.brokrs: unknown; did you mean brokers?",
            "TALKLINE_WHAT: unknown",
            "talkline.yaml: line 1, column 1: listen: \"here\" is not an address and a port, as 127.0.0.1:8080",
            "talkline.yaml: line 3, column 3: kafka.lingerMillis: one value is wanted, not a list",
            "TALKLINE_ADMIN: \"there\" is not an address and a port, as 127.0.0.1:8080",
            "--redis-timeout-millis: \"0\" is not a whole number from 10 to 10000",
        ]
        .map(|line| line.to_owned())
    );
}

#[test]
fn a_secret_stands_where_nobody_else_reads_it() {
    const URL: &str = "mongodb://ann:s3cret@a:1";
    let in_clear = "there is a password in it, which others could read here: use TALKLINE_MONGO_URL, or a file with TALKLINE_MONGO_URL_FILE";
    for (start, expected) in [
        (Start::file(&format!("mongo:\n  url: {URL}\n")), format!("talkline.yaml: line 2, column 3: mongo.url: {in_clear}")),
        (Start::default().flag("mongo.url", URL), format!("--mongo-url: {in_clear}")),
        (
            Start::file("redis:\n  password: s3cret\n"),
            "talkline.yaml: line 2, column 3: redis.password: a secret does not belong in this file: name a file of its own with redis.passwordFile"
                .to_owned(),
        ),
    ] {
        assert_eq!(start.problems(Role::Up), [expected]);
    }
    let start = Start::default().variable("TALKLINE_MONGO_URL", URL);
    let effective = start.resolve().ok().unwrap();
    assert_eq!(effective.servers.mongo.as_ref().unwrap().url.reveal(), URL);
    let listing = effective.listing(Role::Up);
    assert!(
        listing.contains("mongodb://ann@a:1/") && !listing.contains("s3cret"),
        "{listing}"
    );
    // There is no flag for it at all.
    assert!(
        !super::super::table::spellings()
            .iter()
            .any(|s| s.is_open() && s.path.ends_with("assword"))
    );
}

#[test]
fn one_thing_is_given_once() {
    let start = Start::default()
        .variable("TALKLINE_MONGO_URL", "mongodb://a:1")
        .variable("TALKLINE_MONGO_URL_FILE", "/nowhere");
    let problems = start.problems(Role::Up);
    assert!(
        problems[0].contains("mongo.url is given as TALKLINE_MONGO_URL too"),
        "{problems:?}"
    );
}
