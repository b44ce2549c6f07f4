//! Flags over the environment over the file over the defaults.

use super::*;

/// What holds, and where it comes from.
fn linger(start: &Start) -> (String, String) {
    let listing = start.resolve().ok().unwrap().listing(Role::Up);
    let line = listing
        .lines()
        .find(|line| line.starts_with("kafka.lingerMillis "))
        .unwrap();
    let mut words = line.split_whitespace().skip(1);
    let value = words.next().unwrap().to_owned();
    (value, words.collect::<Vec<_>>().join(" "))
}

#[test]
fn each_layer_goes_before_those_below() {
    const FILE: &str = "kafka:\n  lingerMillis: 1\n";
    const VARIABLE: &str = "TALKLINE_KAFKA_LINGER_MILLIS";
    let file = || Start::file(FILE);
    for (start, value, source) in [
        (Start::default(), "5", "default"),
        (file(), "1", "talkline.yaml: line 2, column 3: kafka.lingerMillis"),
        (file().variable(VARIABLE, "2"), "2", VARIABLE),
        (
            file().variable(VARIABLE, "2").flag("kafka.lingerMillis", "3"),
            "3",
            "--kafka-linger-millis",
        ),
        (file().flag("kafka.lingerMillis", "3"), "3", "--kafka-linger-millis"),
        (Start::default().variable(VARIABLE, "2"), "2", VARIABLE),
        // An empty variable says nothing.
        (
            file().variable(VARIABLE, ""),
            "1",
            "talkline.yaml: line 2, column 3: kafka.lingerMillis",
        ),
    ] {
        let (found, from) = linger(&start);
        assert_eq!(found, value, "{source}");
        assert!(from.ends_with(source), "{from}, not {source}");
    }
}

#[test]
fn everybodys_variable_counts_where_ours_says_nothing() {
    const STANDARD: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const OURS: &str = "TALKLINE_TRACES_OTLP_ENDPOINT";
    let file = || Start::file("traces:\n  otlpEndpoint: http://file\n");
    for (start, endpoint) in [
        (Start::default().variable("OTEL_SERVICE_NAME", "chat"), None),
        (file(), Some("http://file")),
        (file().variable(STANDARD, "http://standard"), Some("http://standard")),
        (
            file()
                .variable(STANDARD, "http://standard")
                .variable(OURS, "http://ours"),
            Some("http://ours"),
        ),
    ] {
        let settings = start.resolve().ok().unwrap().settings;
        let traces = settings.spec.monitoring.traces;
        assert_eq!(traces.as_ref().map(|traces| traces.otlp_endpoint.as_str()), endpoint);
    }
    let bad = Start::default().variable(STANDARD, "collector:4317");
    let problems = bad.problems(Role::Up);
    assert!(problems.len() == 1 && problems[0].starts_with(STANDARD), "{problems:?}");
}

#[test]
fn a_bad_value_is_told_even_where_another_holds() {
    let start = Start::file("kafka:\n  lingerMillis: soon\n").flag("kafka.lingerMillis", "3");
    assert_eq!(start.problems(Role::Up).len(), 1);
}

#[test]
fn a_secret_can_come_from_a_file_of_its_own_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "s3cret\n").unwrap();
    let file = format!("redis:\n  username: ann\n  passwordFile: {}\n", path.display());
    let path: &'static str = path.display().to_string().leak();
    for start in [
        Start::file(&file),
        Start::default()
            .variable("TALKLINE_REDIS_USERNAME", "ann")
            .variable("TALKLINE_REDIS_PASSWORD_FILE", path),
        Start::default()
            .variable("TALKLINE_REDIS_USERNAME", "ann")
            .flag("redis.passwordFile", path),
        Start::default()
            .variable("TALKLINE_REDIS_USERNAME", "ann")
            .variable("TALKLINE_REDIS_PASSWORD", "s3cret"),
    ] {
        let start = start.variable("TALKLINE_REDIS_URL", "redis://a:1");
        let effective = start.resolve().ok().unwrap();
        let credentials = effective.servers.redis.clone().unwrap().credentials.unwrap();
        assert_eq!(
            (credentials.username.as_str(), credentials.password.reveal()),
            ("ann", "s3cret")
        );
        let listing = effective.listing(Role::Up);
        assert!(!listing.contains("s3cret") && listing.contains("(hidden)"), "{listing}");
    }
}
