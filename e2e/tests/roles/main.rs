//! Gateways and workers as a cluster: two of each on real servers, one of each leaves, and nobody notices.

mod cluster;

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use talkline_e2e::{Api, Servers, Socket, eventually};

use crate::cluster::Cluster;

const MESSAGES: usize = 100;

/// Sends so many messages and returns their ids, each acknowledged.
async fn send(socket: &mut Socket, conversation: &str, from: usize) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for index in from..from + MESSAGES {
        let message =
            json!({ "conversationId": conversation, "clientMessageId": format!("m-{index}"), "text": "hello" });
        let answer = socket.ask("chat:send", &message).await?;
        ensure!(answer["ok"] == true, "{answer}");
        ids.push(answer["id"].as_str().context("no id")?.to_owned());
    }
    Ok(ids)
}

/// What a socket receives, until it has all of these; in the order of their numbers.
async fn receive(socket: &mut Socket, ids: &[String]) -> Result<()> {
    let mut missing: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let mut last = 0;
    while !missing.is_empty() {
        let event: Value = socket.event("chat:receive").await?;
        let seq = event["seq"].as_u64().context("no seq")?;
        ensure!(seq > last, "{seq} after {last}");
        last = seq;
        missing.remove(event["id"].as_str().context("no id")?);
    }
    Ok(())
}

#[tokio::test]
async fn two_gateways_and_two_workers_are_one_chat() -> Result<()> {
    let Some(servers) = Servers::shared("the tests of gateways and workers")? else {
        return Ok(());
    };
    let mut cluster = Cluster::start(&servers).await?;
    let (one, other) = (cluster.gateways[0].public, cluster.gateways[1].public);
    let api = Api::new(one)?;
    let (ann, bob) = (api.register("ann").await?, api.register("bob").await?);
    let conversation = api.converse(&ann, &bob).await?;

    // Across gateways.
    let mut from = Socket::connect(one, &ann.access).await?;
    let mut to = Socket::connect(other, &bob.access).await?;
    let ids = send(&mut from, &conversation, 0).await?;
    receive(&mut to, &ids).await?;

    // A worker leaves: the other one takes its partitions over.
    let left = cluster.workers.remove(0).stop().await?;
    ensure!(left.success(), "{left}");
    let ids = send(&mut from, &conversation, MESSAGES).await?;
    receive(&mut to, &ids).await?;

    // A gateway leaves: its sockets are asked to move, and do.
    let mut gateway = cluster.gateways.remove(0);
    gateway.process.terminate()?;
    let draining = from.event("server:draining").await?;
    ensure!(draining["reconnectWithinMs"].is_u64(), "{draining}");
    let mut from = Socket::connect(other, &ann.access).await?;
    let status = gateway.process.ended().await?;
    ensure!(status.success(), "{status}: {}", gateway.process.stderr()?);
    let ids = send(&mut from, &conversation, 2 * MESSAGES).await?;
    receive(&mut to, &ids).await?;

    let history = Api::new(other)?.history(&bob.access, &conversation).await?;
    let seqs: Vec<_> = history.iter().filter_map(|message| message["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=3 * MESSAGES as u64).collect::<Vec<_>>());
    cluster.stop().await
}

#[tokio::test]
async fn what_the_platform_asks_is_answered_by_both_roles() -> Result<()> {
    let Some(servers) = Servers::shared("the tests of gateways' and workers' health")? else {
        return Ok(());
    };
    let cluster = Cluster::start(&servers).await?;
    for (role, metric) in cluster
        .gateways
        .iter()
        .map(|role| (role, "talkline_gateway_"))
        .chain(cluster.workers.iter().map(|role| (role, "talkline_worker_")))
    {
        let admin = Api::new(role.admin)?;
        let ready = admin.get("/readyz", None).await?.expect(200)?.json()?;
        ensure!(
            ready["status"] == "ok" && ready["log"] == "ok" && ready["store"] == "ok",
            "{ready}"
        );
        let metrics = admin.get("/metrics", None).await?.expect(200)?.body;
        for name in [metric, "talkline_kafka_", "talkline_mongo_", "talkline_redis_"] {
            ensure!(metrics.contains(name), "{name}: {metrics}");
        }
    }
    eventually("the partitions are taken", async || {
        let mut taken = 0;
        for worker in &cluster.workers {
            taken += worker.process.stderr()?.matches("partition taken").count();
        }
        Ok((taken >= cluster::PARTITIONS).then_some(()))
    })
    .await?;
    cluster.stop().await
}
