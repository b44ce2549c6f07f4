//! Runs that nobody attends, as pods are: agents that come late, a last word for whoever started it, and a report that is fetched.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so with a panic, its server too"
)]

mod contract_server;
mod program;

use std::{net::SocketAddr, path::Path, time::Duration};

use serde_json::{Value, json};

use contract_server::{ContractServer, Faults};
use program::{Run, end, program, read};

const LOAD: &str = "--users 8 --rate 100 --duration 1";

/// A port that nobody listens on.
fn free() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// The exit code of a run, and its last word, which says what its report says.
async fn concluded(server: &ContractServer, args: &str) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("conclusion.json");
    let mut command = program();
    command.args(["run", "--target", &server.url(), "--ramp", "0.2", "--warmup", "0"]);
    command.args(args.split_whitespace()).arg("--conclusion").arg(&file);
    let report = folder.path().join("report.json");
    command.arg("--report").arg(&report);
    let (code, text) = end(command.spawn().unwrap()).await;
    let word = read(Path::new(&file));
    assert!(word.len() < 4_096, "{word}");
    let word: Value = serde_json::from_str(&word).unwrap_or_else(|error| panic!("{error}: {word}: {text}"));
    if let Ok(report) = std::fs::read(report) {
        let report: Value = serde_json::from_slice(&report).unwrap();
        for (said, measured) in [
            ("acknowledgedPerSecond", "ackedPerSecond"),
            ("receivedPerSecond", "receivedPerSecond"),
        ] {
            let measured = report[measured].as_f64().unwrap().round();
            assert_eq!(word["figures"][said].as_f64(), Some(measured), "{said}: {word}");
        }
    }
    (code, word)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_end_has_its_last_word() {
    let server = ContractServer::start(Faults::default()).await;
    let (code, word) = concluded(&server, &format!("{LOAD} chat")).await;
    assert_eq!(
        (code, &word["outcome"], &word["broken"]),
        (0, &json!("passed"), &json!([])),
        "{word}"
    );
    assert_eq!(word["figures"]["acknowledged"], 100, "{word}");
    let (code, word) = concluded(&server, &format!("{LOAD} --min-rate 5000 chat")).await;
    assert_eq!((code, &word["outcome"]), (1, &json!("thresholdsMissed")), "{word}");
    let (code, word) = concluded(&server, "nonesuch").await;
    assert_eq!(
        (code, &word["outcome"], &word["figures"]),
        (2, &json!("invalid"), &Value::Null),
        "{word}"
    );
    let (code, word) = concluded(
        &server,
        "chat --users 4 --rooms-of 2 --agents 127.0.0.1:1,127.0.0.1:2,127.0.0.1:3",
    )
    .await;
    assert_eq!((code, &word["outcome"]), (2, &json!("invalid")), "{word}");
    let (code, word) = concluded(&server, &format!("{LOAD} chat --agents {}", free())).await;
    assert_eq!((code, &word["outcome"]), (2, &json!("nothingMeasured")), "{word}");
    let losing = ContractServer::start(Faults {
        lose: 3,
        ..Faults::default()
    })
    .await;
    let (code, word) = concluded(&losing, &format!("{LOAD} --settle 1 chat")).await;
    assert_eq!((code, &word["outcome"]), (1, &json!("guaranteesBroken")), "{word}");
    assert_eq!(word["figures"]["lost"], 3, "{word}");
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_that_come_late_are_waited_for() {
    let (server, address) = (ContractServer::start(Faults::default()).await, free());
    let run = Run::start(&server.url(), &format!("{LOAD} --agents {address} --await-agents 60"));
    // Somebody who is no agent is there first, and leaves.
    let early = tokio::net::TcpListener::bind(address).await.unwrap();
    drop(early.accept().await.unwrap());
    drop(early);
    let mut agent = program();
    let _agent = agent.args(["agent", "--listen", &address.to_string()]).spawn().unwrap();
    let (code, report) = run.finish().await;
    assert_eq!((code, &report["counts"]["acked"]), (0, &json!(130)), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_offered_until_somebody_has_it() {
    let (server, address) = (ContractServer::start(Faults::default()).await, free());
    let run = Run::start(&server.url(), &format!("{LOAD} --offer {address}"));
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let url = format!("http://{address}");
    // Connections are held until there is a report.
    let offered = loop {
        match client.get(format!("{url}/report.json")).send().await {
            Ok(answer) => break answer.json::<Value>().await.unwrap(),
            Err(error) if error.is_connect() => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    };
    let page = client
        .get(format!("{url}/report.html"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("Guarantees and thresholds"), "{page}");
    let taken = client.delete(&url).send().await.unwrap();
    assert_eq!(taken.status(), 204);
    let (code, report) = run.finish().await;
    assert_eq!((code, report), (0, offered));
}
