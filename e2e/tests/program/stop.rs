//! A stop: clients are told and let go, what was acknowledged is kept, and the exit code is 0.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use talkline_e2e::{Account, Launch, Lost, Packet, Program, Socket, eventually};

const SENDS: usize = 300;
/// So many are acknowledged when it is told to stop; the others are under way.
const BEFORE: usize = 20;

#[tokio::test]
async fn a_stop_tells_the_clients_and_keeps_what_was_acknowledged() -> Result<()> {
    let data = tempfile::tempdir()?;
    let launch = Launch::example("loadtest", data.path());
    let mut program = Program::start(&launch).await?;
    let api = program.api()?;
    let (ann, bob) = (api.register("ann").await?, api.register("bob").await?);
    let conversation = api.converse(&ann, &bob).await?;
    let mut socket = Socket::connect(program.public(), &ann.access).await?;

    let mut sent = BTreeMap::new();
    for index in 0..SENDS {
        let name = format!("message-{index}");
        let message = json!({ "conversationId": conversation, "clientMessageId": name, "text": "on the way" });
        sent.insert(socket.emit("chat:send", &message).await?, name);
    }
    let (mut acknowledged, mut told) = (Vec::new(), 0);
    // Until the transport ends, and not by a disconnect packet, after which clients do not come back.
    let end = loop {
        match socket.receive().await {
            Ok(Packet::Ack(number, answer)) => {
                if answer["ok"] == true {
                    acknowledged.push(sent.remove(&number).context("an answer to nothing")?);
                    if acknowledged.len() == BEFORE {
                        program.process().terminate()?;
                    }
                }
            }
            Ok(Packet::Event(name, payload)) if name == "server:draining" => {
                ensure!(payload["reconnectWithinMs"].is_u64(), "{payload}");
                told += 1;
            }
            Ok(Packet::Event(..)) => {}
            Err(error) => break error,
        }
    };
    assert!(end.is::<Lost>(), "{end:?}");
    assert_eq!(told, 1, "server:draining");
    let code = program.process().ended().await?.code();
    assert_eq!(code, Some(0), "{}", program.process().stderr()?);

    let program = Program::start(&launch).await?;
    let history = stored(&program, &bob, &conversation, &acknowledged).await?;
    for name in &acknowledged {
        assert_eq!(
            count(&history, name),
            1,
            "{name} of {} acknowledged",
            acknowledged.len()
        );
    }
    // What nobody acknowledged is there once at most.
    for name in sent.values() {
        assert!(count(&history, name) <= 1, "{name}");
    }
    Ok(())
}

/// The history, once all of these are in it: what was in the log alone at the stop is stored when a worker has it again.
async fn stored(program: &Program, reader: &Account, conversation: &str, names: &[String]) -> Result<Vec<Value>> {
    let api = program.api()?;
    eventually("what was acknowledged is stored", async || {
        let history = api.history(&reader.access, conversation).await?;
        let all = names.iter().all(|name| count(&history, name) > 0);
        Ok(all.then_some(history))
    })
    .await
}

fn count(history: &[Value], name: &str) -> usize {
    history.iter().filter(|m| m["clientMessageId"] == name).count()
}

#[tokio::test]
async fn a_stop_without_clients_waits_for_nobody() -> Result<()> {
    let data = tempfile::tempdir()?;
    let program = Program::start(&Launch::example("chatcluster", data.path())).await?;
    assert_eq!(program.stop().await?.code(), Some(0));
    Ok(())
}
