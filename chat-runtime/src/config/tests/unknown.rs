//! What is not known is refused, with the name that was probably meant.

use super::*;

#[test]
fn in_the_file() {
    for (text, expected) in [
        (
            "kafka:\n  brokrs: [a:1]\n",
            "talkline.yaml: line 2, column 3: kafka.brokrs: unknown; did you mean brokers?",
        ),
        (
            "kafak:\n  brokers: [a:1]\n",
            "talkline.yaml: line 1, column 1: kafak: unknown; did you mean kafka?",
        ),
        (
            "lisen: 127.0.0.1:1\n",
            "talkline.yaml: line 1, column 1: lisen: unknown; did you mean listen?",
        ),
        (
            "auth:\n  password:\n    hash: 3\n",
            "talkline.yaml: line 3, column 5: auth.password.hash: this is a section: its keys are wanted below it",
        ),
        (
            "kafka:\n  lingerMillis:\n    a: 1\n",
            "talkline.yaml: line 2, column 3: kafka.lingerMillis: a value is wanted, not sections",
        ),
        (
            "drain: 5\n",
            "talkline.yaml: line 1, column 1: drain: this is a section: its keys are wanted below it",
        ),
        (
            "drain:\n  speed: 5\n",
            "talkline.yaml: line 2, column 3: drain.speed: unknown; known here: acceptSeconds, socketsPerMinute, maxSeconds",
        ),
        ("- a\n", "talkline.yaml: sections are wanted, as `kafka:`"),
        (
            "admin: 127.0.0.1:1\nadmin: 127.0.0.1:2\n",
            "talkline.yaml: line 2, column 1: this field stands here for the second time",
        ),
        ("kafka: [\n", ""),
    ] {
        let problems = Start::file(text).problems(Role::Up);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].starts_with("talkline.yaml: "), "{problems:?}");
        assert!(expected.is_empty() || problems[0] == expected, "{problems:?}");
    }
}

#[test]
fn in_the_environment() {
    let start = Start::default()
        .variable("TALKLINE_KAFKA_BROKER", "a:1")
        .variable("TALKLINE_SOMETHING", "else")
        .variable("PATH", "not ours");
    assert_eq!(
        start.problems(Role::Up),
        [
            "TALKLINE_KAFKA_BROKER: unknown; did you mean TALKLINE_KAFKA_BROKERS?",
            "TALKLINE_SOMETHING: unknown",
        ]
    );
}

#[test]
fn what_kubernetes_and_our_tools_set_is_not_meant() {
    let start = Start::default()
        .variable("TALKLINE_SERVICE_HOST", "10.0.0.1")
        .variable("TALKLINE_SERVICE_PORT", "80")
        .variable("TALKLINE_SERVICE_PORT_HTTP", "80")
        .variable("TALKLINE_PORT", "tcp://10.0.0.1:80")
        .variable("TALKLINE_PORT_80_TCP", "tcp://10.0.0.1:80")
        .variable("TALKLINE_PORT_80_TCP_ADDR", "10.0.0.1")
        .variable("TALKLINE_CACHE", "/tmp")
        .variable("TALKLINE_CONFIG", "read by the command line");
    assert_eq!(start.problems(Role::Up), Vec::<String>::new());
}

#[test]
fn a_flag_of_another_role() {
    let start = Start::default().flag("data", "/tmp");
    assert!(start.resolve_as(Role::Up).is_ok());
    let problems = start.problems(Role::Worker);
    assert_eq!(problems[0], "--data: nothing that `talkline worker` looks at");
}

#[test]
fn a_file_and_an_environment_serve_all_roles() {
    let start = Start::file("limits:\n  messagesPerMinute: 1\n").variable("TALKLINE_WORKER_DRAIN_SECONDS", "5");
    assert!(start.resolve_as(Role::Up).is_ok());
}
