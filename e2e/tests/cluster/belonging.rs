//! A database belongs to one log: a chat that has another one does not begin on it, unless it is told that this one follows.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use talkline_e2e::{
    Account, Cluster, Environment, Member, Process, Role, Servers, Socket, eventually, servers::kafka_forget,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_with_a_log_of_its_own_does_not_take_a_clusters_database() -> Result<()> {
    let Some(servers) = Servers::shared("a database that is a cluster's")? else {
        return Ok(());
    };
    let cluster = Cluster::start(&servers, 0, 1).await?;
    let data = tempfile::tempdir()?;
    let data = data.path().display().to_string();
    let anywhere = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", &data];
    let database = ["--mongo", servers.mongo()?, "--mongo-database", cluster.database()];
    let mut up = Process::start([&["up"], &anywhere[..], &database].concat())?;
    assert_eq!(up.ended().await?.code(), Some(2), "{}", up.stderr()?);
    let complaint = up.stderr()?;
    let line = complaint.lines().last().context("it says nothing")?;
    let expected = format!(
        "talkline: MongoDB cannot be used: mongo.log: Conflict: database {} was filled from another log (kafka ",
        cluster.database()
    );
    assert!(
        line.starts_with(&expected) && line.contains("not sqlite "),
        "{complaint}"
    );
    Ok(())
}

/// What a gateway accepts into the new topic that was not told of it.
const UNTOLD: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// Sends a message, which is accepted.
async fn send(socket: &mut Socket, conversation: &str, message: &str) -> Result<()> {
    let message = json!({ "conversationId": conversation, "clientMessageId": message, "text": message });
    let answer = socket.ask("chat:send", &message).await?;
    ensure!(answer["ok"] == true, "{answer}");
    Ok(())
}

/// Sends a message, and waits for it: its number.
async fn say(gateway: &Member, who: &Account, conversation: &str, message: &str) -> Result<u64> {
    let mut socket = Socket::connect(gateway.public(), &who.access).await?;
    send(&mut socket, conversation, message).await?;
    let received = socket.event("chat:receive").await?;
    received["seq"].as_u64().context("no seq")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_made_anew_goes_on_as_the_next_generation() -> Result<()> {
    let Some(servers) = Servers::shared("a log that is lost")? else {
        return Ok(());
    };
    let mut cluster = Cluster::start(&servers, 1, 1).await?;
    let api = cluster.api(0)?;
    let (ann, bob) = (api.register("ann").await?, api.register("bob").await?);
    let conversation = api.converse(&ann, &bob).await?;
    assert_eq!(say(&cluster.gateways[0], &ann, &conversation, "one").await?, 1);
    cluster.gateways[0].leave().await?;
    cluster.workers[0].leave().await?;
    kafka_forget(&servers, &cluster.commands()).await?;

    // Whoever is told nothing makes the topic. Until a worker says what is wrong, messages are accepted, more than there were before.
    cluster.add(Role::Gateway, &Environment::new())?;
    cluster.gateways[1].ready().await?;
    let mut socket = Socket::connect(cluster.gateways[1].public(), &ann.access).await?;
    for message in UNTOLD {
        send(&mut socket, &conversation, message).await?;
    }
    cluster.add(Role::Worker, &Environment::new())?;
    eventually("it says what to do", async || {
        let said = cluster.workers[1]
            .log()
            .contains("the topic was made anew; raise generation to 1");
        Ok(said.then_some(()))
    })
    .await?;
    cluster.workers[1].leave().await?;
    cluster.gateways[1].leave().await?;

    let raised = Environment::from([("TALKLINE_KAFKA_GENERATION", "1".to_owned())]);
    cluster.add(Role::Gateway, &raised)?;
    cluster.add(Role::Worker, &raised)?;
    cluster.ready().await?;
    say(&cluster.gateways[2], &bob, &conversation, "two").await?;
    let history = cluster.api(2)?.history(&ann.access, &conversation).await?;
    let texts: Vec<_> = history.iter().map(|message| &message["text"]).collect();
    let accepted: Vec<_> = ["one"].into_iter().chain(UNTOLD).chain(["two"]).collect();
    assert_eq!(texts, accepted, "{history:?}");
    Ok(())
}
