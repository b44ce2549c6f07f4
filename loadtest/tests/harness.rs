//! The harness as a program, against a server that keeps the contract or breaks it by exact numbers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so with a panic, its server too"
)]

mod contract_server;
mod program;

use serde_json::Value;

use contract_server::{ContractServer, Faults};
use program::{Run, end, findings, program, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_keeps_the_contract_passes_with_every_message_counted() {
    let args = "--users 12 --rooms-of 3 --rate 200 --duration 2 --reads-per-write 0.1";
    let (code, report) = run(Faults::default(), args).await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    // 2.3 s at 200/s, each to all three.
    assert_eq!(report["counts"]["sent"], 460);
    assert_eq!(report["counts"]["acked"], 460);
    assert_eq!(report["counts"]["received"], 3 * 460);
    assert_eq!(report["latency"]["ack"]["count"], 400);
    assert_eq!(report["latency"]["delivery"]["count"], 800);
    assert_eq!(report["requests"]["history"]["ok"], 46);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_pushed_is_recovered_and_no_fault() {
    let faults = Faults {
        skip: 7,
        ..Faults::default()
    };
    let (code, report) = run(faults, "--users 4 --rate 100 --duration 1").await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    // A sync's answer may also hold what is just being pushed.
    assert!(report["counts"]["recovered"].as_u64().unwrap() >= 7, "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_and_started_again_costs_time_but_no_message() {
    let mut server = ContractServer::start(Faults::default()).await;
    let child = Run::start(&server.url(), "--users 20 --rate 400 --duration 4");
    for messages in [300, 900] {
        server.stored(messages).await;
        server.kill().await;
        server.restart().await;
    }
    let (code, report) = child.finish().await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    let counts = &report["counts"];
    assert_eq!(counts["acked"], 1720);
    assert!(
        counts["disconnects"].as_u64().unwrap() >= 40 && counts["syncs"].as_u64().unwrap() >= 40,
        "{counts}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_and_stays_away_sends_its_users_to_another() {
    let first = ContractServer::start(Faults::default()).await;
    let mut second = first.beside().await;
    let args = format!("--target {} --users 20 --rate 400 --duration 3", second.url());
    let child = Run::start(&first.url(), &args);
    first.stored(300).await;
    second.kill().await;
    let (code, report) = child.finish().await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    let counts = &report["counts"];
    assert_eq!(
        (&counts["acked"], &counts["disconnects"]),
        (&Value::from(1320), &Value::from(10)),
        "{counts}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_to_move_does_so_in_time_and_misses_nothing() {
    let server = ContractServer::start(Faults::default()).await;
    let child = Run::start(&server.url(), "--users 20 --rate 400 --duration 3");
    server.stored(300).await;
    server.ask_to_move(1_000);
    let (code, report) = child.finish().await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    assert_eq!(report["troubles"]["disconnect: asked to move"], 20, "{report:#}");
    assert_eq!(report["counts"]["askedToMove"], 20, "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_waited_for_and_expired_tokens_renewed() {
    let faults = Faults {
        busy: 2,
        limit: 9,
        expire_after: Some(200),
        ..Faults::default()
    };
    let server = ContractServer::start(faults).await;
    let (code, report) = Run::start(&server.url(), "--users 10 --rate 200 --duration 3")
        .finish()
        .await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    let counts = &report["counts"];
    assert_eq!(
        (&counts["acked"], &counts["limited"]),
        (&Value::from(660), &Value::from(9))
    );
    assert_eq!(
        counts["disconnects"], 10,
        "every socket ended with its token: {report:#}"
    );
    // Over REST before the socket is opened again, or over the socket: whichever asks first.
    assert_eq!(server.renewed(), 10, "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_conversations_of_an_earlier_run_can_be_used_again() {
    let server = ContractServer::start(Faults::default()).await;
    let args = "--users 4 --rate 100 --duration 1 --accounts again";
    for _ in 0..2 {
        let (code, report) = Run::start(&server.url(), args).finish().await;
        assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
        assert_eq!(report["counts"]["acked"], 130);
    }
    server.stored(260).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_stays_and_takes_at_most_eight_kilobytes() {
    // Longer than the server's ping interval and timeout together.
    let args = "--users 900 --rate 0 --duration 3 --crew 16";
    let (code, report) = run(Faults::default(), args).await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    assert_eq!(report["counts"]["disconnects"], 0, "{report:#}");
    let bytes = report["bytesPerConnection"].as_u64().unwrap();
    assert!(bytes <= 8 * 1024, "{bytes} bytes");
}

#[tokio::test]
async fn what_can_not_be_run_is_said_in_one_line_with_exit_code_2() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = format!("http://{nobody}");
    for (args, expected) in [
        (["--target", nobody.as_str()], nobody.trim_start_matches("http://")),
        (["--target", "ftp://x"], "ftp://x"),
        (["--users", "7"], "--users 7"),
        (["--duration", "0"], "--duration"),
    ] {
        let (code, text) = end(program().args(["run", "chat"]).args(args).spawn().unwrap()).await;
        assert_eq!(code, 2, "{text}");
        assert!(text.lines().count() == 1 && text.contains(expected), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goose_writes_its_own_report_of_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let goose = folder.path().join("goose.json");
    let args = "--users 4 --rate 50 --duration 1 --reads-per-write 0.2 --goose-report";
    let args = format!("{args} {}", goose.display());
    let (code, report) = run(Faults::default(), &args).await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    let text = std::fs::read_to_string(goose).unwrap();
    for name in [
        "/auth/register",
        "/conversations",
        "/messages/conversation/{id}",
        "history",
        "ack",
        "delivery",
    ] {
        assert!(text.contains(&format!("{name}\"")), "{name} is not in {text}");
    }
}

#[tokio::test]
async fn the_scenarios_are_listed() {
    let (code, text) = end(program().args(["run", "--list"]).spawn().unwrap()).await;
    assert!(code == 0 && text.starts_with("chat "), "{text}");
    for name in [
        "mixed",
        "chat-day",
        "hot-room",
        "login-storm",
        "reconnect-storm",
        "history-scroll",
        "soak",
        "step-to-limit",
    ] {
        assert!(text.contains(&format!("\n{name} ")), "{name} is not in {text}");
    }
}
