//! What an SRE sees of a cluster: work that waits while no worker runs, and servers that do not answer.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use talkline_e2e::{Api, Cluster, Member, Servers, Signal, Socket, eventually, servers::kafka_lag};

const MESSAGES: u64 = 50;

/// The sum of a metric over its labels that contain `label`; none where there is no such line.
async fn metric(member: &Member, name: &str, label: &str) -> Result<Option<f64>> {
    let text = Api::new(member.admin())?.get("/metrics", None).await?.expect(200)?.body;
    let lines = text
        .lines()
        .filter(|line| line.starts_with(&format!("{name}{{")) && line.contains(label));
    let values = lines.map(|line| {
        line.rsplit(' ')
            .next()
            .context("no value")?
            .parse::<f64>()
            .context("no number")
    });
    let values = values.collect::<Result<Vec<_>>>()?;
    Ok((!values.is_empty()).then(|| values.iter().sum()))
}

async fn is_up(cluster: &Cluster, dependency: &str, expected: f64) -> Result<()> {
    for member in cluster.gateways.iter().chain(&cluster.workers) {
        eventually(&format!("{dependency} is {expected}"), async || {
            let up = metric(
                member,
                "talkline_dependency_up",
                &format!("dependency=\"{dependency}\""),
            )
            .await?;
            Ok((up == Some(expected)).then_some(()))
        })
        .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lag_rises_while_no_worker_runs_and_falls_to_nothing() -> Result<()> {
    let Some(servers) = Servers::shared("the lag of partitions")? else {
        return Ok(());
    };
    let mut cluster = Cluster::start(&servers, 1, 1).await?;
    let api = cluster.api(0)?;
    let (ann, bob) = (api.register("ann").await?, api.register("bob").await?);
    let conversation = api.converse(&ann, &bob).await?;
    let mut socket = Socket::connect(cluster.gateways[0].public(), &ann.access).await?;
    // What the worker has done, its group says when it leaves.
    ensure!(cluster.workers[0].leave().await?.success());
    assert_eq!(kafka_lag(&servers, &cluster.commands(), &cluster.group()).await?, 0);
    for index in 0..MESSAGES {
        let message =
            json!({ "conversationId": conversation, "clientMessageId": format!("m-{index}"), "text": "hello" });
        ensure!(socket.ask("chat:send", &message).await?["ok"] == true);
    }
    assert_eq!(
        kafka_lag(&servers, &cluster.commands(), &cluster.group()).await?,
        MESSAGES
    );

    cluster.workers[0].start()?;
    for _ in 0..MESSAGES {
        socket.event("chat:receive").await?;
    }
    eventually("nothing waits", async || {
        let lag = metric(&cluster.workers[0], "talkline_kafka_lag_records", "partition=").await;
        Ok(lag.is_ok_and(|lag| lag == Some(0.0)).then_some(()))
    })
    .await?;
    eventually("the group says so, too", async || {
        let lag = kafka_lag(&servers, &cluster.commands(), &cluster.group()).await?;
        Ok((lag == 0).then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_shows_as_a_dependency_that_is_down() -> Result<()> {
    if Servers::shared("the health of dependencies")?.is_none() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let servers = Servers::start(folder.path(), &["kafka=1", "mongo=1", "redis=1"])?;
    let seen = stand_still(&servers).await;
    servers.stop()?;
    seen
}

async fn stand_still(servers: &Servers) -> Result<()> {
    let cluster = Cluster::start(servers, 1, 1).await?;
    for (dependency, server) in [("bus", "redis-1"), ("log", "kafka-1"), ("store", "mongo-1")] {
        is_up(&cluster, dependency, 1.0).await?;
        servers.server(server).signal(Signal::Stop)?;
        is_up(&cluster, dependency, 0.0).await?;
        servers.server(server).signal(Signal::Resume)?;
        is_up(&cluster, dependency, 1.0).await?;
    }
    Ok(())
}
