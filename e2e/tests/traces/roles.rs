//! Through two gateways and a worker, on real servers.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use talkline_e2e::{Account, Cluster, Environment, Role, Servers, Socket, in_time};

use super::collector::Collector;

/// Two gateways and a worker that send their spans to `collector`, with two people who talk.
struct Stage {
    cluster: Cluster,
    ann: Account,
    bob: Account,
    conversation: String,
}

impl Stage {
    async fn set(servers: &Servers, collector: &Collector, samples_per_million: u32) -> Result<Self> {
        let traced = Environment::from([
            ("TALKLINE_TRACES_OTLP_ENDPOINT", collector.endpoint()),
            ("TALKLINE_TRACES_SAMPLES_PER_MILLION", samples_per_million.to_string()),
            ("RUST_LOG", "info,talkline_gateway=debug".to_owned()),
        ]);
        let mut cluster = Cluster::start(servers, 0, 0).await?;
        for role in [Role::Gateway, Role::Gateway, Role::Worker] {
            cluster.add(role, &traced)?;
        }
        cluster.ready().await?;
        let api = cluster.api(0)?;
        let (ann, bob) = (api.register("ann").await?, api.register("bob").await?);
        let conversation = api.converse(&ann, &bob).await?;
        Ok(Self {
            cluster,
            ann,
            bob,
            conversation,
        })
    }

    /// The sockets of both, each on its own gateway.
    async fn sockets(&self) -> Result<(Socket, Socket)> {
        let [one, other] = self.cluster.addresses()[..] else {
            anyhow::bail!("two gateways");
        };
        Ok((
            Socket::connect(one, &self.ann.access).await?,
            Socket::connect(other, &self.bob.access).await?,
        ))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_socket_to_the_sockets_of_another_gateway_it_is_one_trace() -> Result<()> {
    let Some(servers) = Servers::shared("traces over gateways and workers")? else {
        return Ok(());
    };
    let collector = Collector::start().await?;
    let stage = Stage::set(&servers, &collector, 1_000_000).await?;
    let (mut ann, mut bob) = stage.sockets().await?;
    let message = json!({ "conversationId": stage.conversation, "clientMessageId": "1", "text": "hello" });
    let answer = ann.ask("chat:send", &message).await?;
    ensure!(answer["ok"] == true, "{answer}");
    bob.event("chat:receive").await?;
    ann.event("chat:receive").await?;

    let trace = collector.trace("chat:send", 6).await?;
    trace.is_a_messages("chat:send", 2);
    let (request, process) = (trace.one("chat:send"), trace.one("log process"));
    assert!(request.span.parent_span_id.is_empty(), "it begins here");
    assert_eq!(request.instance, trace.one("log append").instance);
    assert_eq!(
        (request.service.as_str(), process.service.as_str()),
        ("talkline-gateway", "talkline-worker")
    );
    let gateways: BTreeSet<_> = trace.all("deliver").iter().map(|kept| kept.instance.clone()).collect();
    assert!(
        gateways.len() == 2 && gateways.contains(&request.instance),
        "{gateways:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clients_own_trace_goes_on_and_nobody_elses_is_told() -> Result<()> {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let Some(servers) = Servers::shared("traces of clients")? else {
        return Ok(());
    };
    let collector = Collector::start().await?;
    let stage = Stage::set(&servers, &collector, 0).await?;
    let (mut ann, mut bob) = stage.sockets().await?;
    let message = |name| json!({ "conversationId": stage.conversation, "clientMessageId": name, "text": "hello" });
    let answer = ann.ask("chat:send", &message("unsampled")).await?;
    ensure!(answer["ok"] == true, "{answer}");

    let gateway = stage.cluster.gateways[0].public();
    let request = reqwest::Client::builder().no_proxy().build()?;
    let request = request
        .post(format!("http://{gateway}/api/v1/chat/send"))
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .bearer_auth(&stage.ann.access)
        .json(&message("sampled"));
    let status = in_time("it is answered", async { Ok(request.send().await?.status()) }).await?;
    ensure!(status == 202, "{status}");
    for _ in 0..2 {
        bob.event("chat:receive").await?;
        ann.event("chat:receive").await?;
    }

    let name = "POST /api/v1/chat/send";
    let trace = collector.trace(name, 6).await?;
    trace.is_a_messages(name, 2);
    let request = &trace.one(name).span;
    assert_eq!(
        request.parent_span_id,
        0x00f0_67aa_0ba9_02b7_u64.to_be_bytes(),
        "the client's"
    );
    let others = collector.spans();
    assert!(
        others.iter().all(|kept| kept.span.trace_id == request.trace_id),
        "{others:#?}"
    );
    let log = stage.cluster.gateways[0].log();
    let line = log.lines().find(|line| line.contains(TRACE));
    line.with_context(|| format!("no line of that trace in {log}"))?;
    Ok(())
}
