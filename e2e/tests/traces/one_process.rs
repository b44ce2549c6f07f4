//! Through `talkline up`: with a collector, without one, and at its end.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::{Result, ensure};
use serde_json::json;
use talkline_e2e::{Api, Launch, Program, Socket, eventually};
use tokio::net::TcpListener;

use super::collector::Collector;

/// The chat of `examples/loadtest.yaml`, which sends all spans there.
async fn start(data: &Path, endpoint: &str) -> Result<Program> {
    let mut launch = Launch::example("loadtest", data);
    let traced = format!("\n  monitoring:\n    traces: {{ otlpEndpoint: {endpoint:?}, samplesPerMillion: 1000000 }}");
    let text = fs::read_to_string(&launch.cluster)?;
    let with = text.replacen("\n  monitoring:", &traced, 1);
    ensure!(with != text, "the example has no such section");
    launch.cluster = data.join("traced.yaml");
    fs::write(&launch.cluster, with)?;
    Program::start(&launch).await
}

/// Two people open a conversation, and one tells the other something, who gets it.
async fn talk(program: &Program) -> Result<()> {
    let api = program.api()?;
    let (ann, bob) = (api.register("ann").await?, api.register("bob").await?);
    let conversation = api.converse(&ann, &bob).await?;
    let mut from = Socket::connect(program.public(), &ann.access).await?;
    let mut to = Socket::connect(program.public(), &bob.access).await?;
    let message = json!({ "conversationId": conversation, "clientMessageId": "1", "text": "hello" });
    let answer = from.ask("chat:send", &message).await?;
    ensure!(answer["ok"] == true, "{answer}");
    to.event("chat:receive").await?;
    Ok(())
}

#[tokio::test]
async fn a_message_is_one_trace_and_a_stop_sends_what_is_left() -> Result<()> {
    let (data, collector) = (tempfile::tempdir()?, Collector::start().await?);
    let program = start(data.path(), &collector.endpoint()).await?;
    talk(&program).await?;
    let status = program.stop().await?;
    ensure!(status.success(), "{status}");
    // It has ended: whatever comes has come.
    let trace = collector.trace("chat:send", 5).await?;
    trace.is_a_messages("chat:send", 1);
    assert_eq!(trace.one("deliver").service, "talkline");
    Ok(())
}

/// Spans of this outcome, as the admin port tells.
async fn counted(admin: &Api, outcome: &str) -> Result<u64> {
    let metrics = admin.get("/metrics", None).await?.expect(200)?.body;
    let name = format!("talkline_traces_spans_total{{outcome=\"{outcome}\"}} ");
    let count = metrics.lines().find_map(|line| line.strip_prefix(&name));
    Ok(count.map(str::parse).transpose()?.unwrap_or(0))
}

#[tokio::test]
async fn a_collector_that_is_away_costs_a_line_and_one_that_comes_is_told() -> Result<()> {
    const AWAY: &str = "the collector does not take spans";
    // Nobody listens there when the listener is gone.
    let address: SocketAddr = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let data = tempfile::tempdir()?;
    let mut program = start(data.path(), &format!("http://{address}")).await?;
    talk(&program).await?;
    let (api, admin) = (program.api()?, Api::new(program.admin())?);
    let mut lost = 0;
    for _ in 0..3 {
        api.get("/api/v1/me", None).await?.expect(401)?;
        lost = eventually("its spans are lost", async || {
            Ok(Some(counted(&admin, "failed").await?).filter(|failed| *failed > lost))
        })
        .await?;
    }
    let log = program.process().stderr()?;
    assert_eq!(log.matches(AWAY).count(), 1, "{log}");

    let collector = Collector::start_at(address).await?;
    api.get("/api/v1/me", None).await?.expect(401)?;
    let trace = collector.trace("GET /api/v1/me", 1).await?;
    assert_eq!(trace.one("GET /api/v1/me").service, "talkline");
    eventually("it is counted", async || {
        Ok((counted(&admin, "exported").await? > 0).then_some(()))
    })
    .await
}
