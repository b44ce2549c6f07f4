//! Several programs that share a load, each a process, against a server whose faults are counted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so with a panic, its server too"
)]

mod contract_server;
mod program;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use contract_server::{ContractServer, Faults};
use program::{Agent, Run, findings, program, run};

async fn agents() -> [Agent; 2] {
    [Agent::start().await, Agent::start().await]
}

fn addresses(agents: &[Agent; 2]) -> String {
    agents.each_ref().map(|agent| agent.address.as_str()).join(",")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_agents_measure_is_what_one_program_measures() {
    let faults = Faults {
        lose: 13,
        duplicate: 14,
        reorder: 15,
        ..Faults::default()
    };
    // The server breaks the first messages: without a warm-up, all of them are measured.
    let load = "--users 12 --rooms-of 2 --rate 200 --warmup 0 --duration 2 --settle 2 --reads-per-write 0";
    let (_, single) = run(faults, load).await;
    let (server, agents) = (ContractServer::start(faults).await, agents().await);
    let args = format!("{load} --agents {}", addresses(&agents));
    let (code, merged) = Run::start(&server.url(), &args).finish().await;
    assert_eq!(code, 1, "{merged:#}");
    assert_eq!(findings(&merged), findings(&single));
    assert_eq!(findings(&merged), [("duplicated", 14), ("lost", 13), ("reordered", 15)]);
    for name in ["sent", "acked", "received", "shed", "refused", "malformed"] {
        assert_eq!(merged["counts"][name], single["counts"][name], "{name}: {merged:#}");
    }
    for kind in ["ack", "delivery", "lag"] {
        assert_eq!(
            merged["latency"][kind]["count"], single["latency"][kind]["count"],
            "{kind}: {merged:#}"
        );
    }
    let names: Vec<_> = merged["agents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, [&agents[0].address, &agents[1].address]);
    assert_eq!(merged["agents"][1]["users"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_lost_fails_the_run_with_its_name() {
    let (server, [kept, mut lost]) = (ContractServer::start(Faults::default()).await, agents().await);
    let args = format!(
        "--users 8 --rate 200 --duration 3 --agents {},{}",
        kept.address, lost.address
    );
    let run = Run::start(&server.url(), &args);
    server.stored(150).await;
    lost.child.kill().await.unwrap();
    let (code, report) = run.finish().await;
    assert_eq!(code, 1, "{report:#}");
    let broken = report["broken"][0].as_str().unwrap();
    let expected = format!(
        "agent {} was lost, and with it 4 users and 100 arrivals/s",
        lost.address
    );
    assert!(broken.starts_with(&expected), "{report:#}");
    // The other one did all of its own part, and nothing of it was lost.
    assert_eq!(report["counts"]["acked"], 330, "{report:#}");
    assert_eq!(findings(&report), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_without_their_controller_stop_and_are_free_again() {
    let (server, agents) = (ContractServer::start(Faults::default()).await, agents().await);
    let addresses = addresses(&agents);
    let run = Run::start(
        &server.url(),
        &format!("--users 8 --rate 200 --duration 600 --agents {addresses}"),
    );
    server.stored(100).await;
    run.kill().await;
    server.no_sockets().await;
    let again = format!("--users 8 --rate 100 --duration 1 --agents {addresses}");
    let (code, report) = Run::start(&server.url(), &again).finish().await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
    assert_eq!(report["counts"]["acked"], 130, "{report:#}");
}

/// Talks to an agent as a controller would that says `hello`; answers what it says then.
async fn greeted(agent: &Agent, hello: &Value) -> Vec<Value> {
    let mut stream = BufReader::new(TcpStream::connect(&agent.address).await.unwrap());
    stream.write_all(format!("{hello}\n").as_bytes()).await.unwrap();
    let mut lines = stream.lines();
    let mut said = Vec::new();
    while let Ok(Some(line)) = tokio::time::timeout(Duration::from_secs(30), lines.next_line())
        .await
        .unwrap()
    {
        said.push(serde_json::from_str(&line).unwrap());
        // Who is told so is the one to go.
        if said.last() == Some(&json!("busy")) {
            break;
        }
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_and_a_second_controller_are_refused() {
    let (server, agents) = (ContractServer::start(Faults::default()).await, agents().await);
    let other = json!({ "hello": { "program": "0.0.1", "protocol": 1 } });
    let [Value::Object(hello)] = &greeted(&agents[0], &other).await[..] else {
        panic!("it says who it is, and closes");
    };
    let args = format!("--users 8 --rate 100 --duration 2 --agents {}", addresses(&agents));
    let run = Run::start(&server.url(), &args);
    server.stored(20).await;
    let said = greeted(&agents[0], &json!(hello)).await;
    assert_eq!(said[1], "busy", "{said:?}");
    let (code, report) = run.finish().await;
    assert_eq!((code, findings(&report)), (0, vec![]), "{report:#}");
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_said_in_one_line() {
    let server = ContractServer::start(Faults::default()).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut run = program();
    run.args(["run", "chat", "--target", &server.url(), "--agents", &free.to_string()]);
    let (code, text) = program::end(run.spawn().unwrap()).await;
    assert_eq!(code, 2, "{text}");
    assert!(
        text.lines().count() == 1 && text.contains(&format!("agent {free}: ")),
        "{text}"
    );
}
