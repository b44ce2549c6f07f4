//! Bytes that nobody understands: the worker puts them aside and goes on, and an operator finds them, and has them read again.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use talkline_e2e::{Cluster, Servers, Socket, eventually, servers::kafka_put};

const CONTENT: &[u8] = b"\xff\xfesomebody's secret";

async fn list(cluster: &Cluster, more: &[&str]) -> Result<Vec<Value>> {
    let text = cluster
        .operate(&[&["dead-letters", "list", "--json"], more].concat())
        .await?;
    let listing: Value = serde_json::from_str(&text)?;
    Ok(listing["deadLetters"].as_array().context("no list")?.clone())
}

fn place(letter: &Value) -> String {
    format!("{}/{}", letter["partition"], letter["offset"])
}

/// The one letter that there is, once it is another one than `before`.
async fn only(cluster: &Cluster, before: Option<&str>) -> Result<Value> {
    eventually("one letter is listed", async || {
        let letters = list(cluster, &[]).await?;
        // Between a replay and the next burial there is none, and never are there two.
        anyhow::ensure!(letters.len() < 2, "{letters:?}");
        Ok(letters
            .into_iter()
            .find(|letter| Some(place(letter).as_str()) != before))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_understands_is_listed_and_replayed() -> Result<()> {
    let Some(servers) = Servers::shared("dead letters as an operator sees them")? else {
        return Ok(());
    };
    let cluster = Cluster::start(&servers, 1, 1).await?;
    assert_eq!(list(&cluster, &[]).await?, Vec::<Value>::new());
    kafka_put(&servers, &cluster.commands(), CONTENT).await?;
    let letter = only(&cluster, None).await?;
    assert_eq!(letter["bytes"], json!(CONTENT.len()), "{letter}");
    assert!(
        letter["reason"].as_str().is_some_and(|reason| !reason.is_empty()),
        "{letter}"
    );
    assert!(letter["content"].is_null(), "{letter}");
    let whole = list(&cluster, &["--content"]).await?;
    assert_eq!(whole[0]["content"], "//5zb21lYm9keSdzIHNlY3JldA==");
    let table = cluster.operate(&["dead-letters", "list"]).await?;
    assert!(table.contains(&place(&letter)) && !table.contains("secret"), "{table}");

    // One by its place: the worker understands it no better, and puts it aside once, where it stands now.
    let told = cluster.operate(&["dead-letters", "replay", &place(&letter)]).await?;
    assert!(
        told.starts_with(&format!("{} replayed as 0/", place(&letter))),
        "{told}"
    );
    let again = only(&cluster, Some(&place(&letter))).await?;
    assert_eq!(again["bytes"], letter["bytes"]);
    refused(
        &cluster,
        &["dead-letters", "replay", &place(&letter)],
        "there is no dead letter",
    )
    .await;

    // All, by who means it.
    refused(&cluster, &["dead-letters", "replay", "--all"], "add --yes to do so").await;
    cluster.operate(&["dead-letters", "replay", "--all", "--yes"]).await?;
    only(&cluster, Some(&place(&again))).await?;
    the_partition_goes_on(&cluster).await
}

async fn refused(cluster: &Cluster, arguments: &[&str], why: &str) {
    let complaint = cluster.operate(arguments).await.err().map(|error| error.to_string());
    let complaint = complaint.unwrap_or_default();
    assert!(
        complaint.contains("exit status: 2") && complaint.contains(why),
        "{complaint}"
    );
}

/// Nobody had to wait for an operator.
async fn the_partition_goes_on(cluster: &Cluster) -> Result<()> {
    let api = cluster.api(0)?;
    let (ann, bob) = (api.register("ann").await?, api.register("bob").await?);
    let conversation = api.converse(&ann, &bob).await?;
    let mut socket = Socket::connect(cluster.gateways[0].public(), &ann.access).await?;
    let message = json!({ "conversationId": conversation, "clientMessageId": "m-1", "text": "hello" });
    assert_eq!(socket.ask("chat:send", &message).await?["ok"], true);
    socket.event("chat:receive").await.map(drop)
}
