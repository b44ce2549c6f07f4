//! Slots and primaries that move.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use redis::{cmd, from_redis_value};
use talkline_cluster::redis::Redis;
use talkline_core::{event::Signal, port::Inbox};
use tokio::time::{Instant, timeout};

use crate::stage::{PATIENCE, Stage, connect, conversation, next, typing};

#[tokio::test]
async fn a_channel_moves_with_its_slot_and_the_subscriber_is_told() -> Result<()> {
    let Some(stage) = Stage::own("cluster")? else {
        return Ok(());
    };
    let config = stage.config()?;
    let redis = connect(&config).await?;
    let (subscription, mut inbox) = redis.fan_out().attach().await?;
    let (moved, stays) = (typing(conversation()), typing(conversation()));
    subscription.subscribe(&[moved.channel(), stays.channel()]).await?;

    let channel = format!("{}c:{}", config.key_prefix, conversation_of(&moved));
    move_slot(&stage, &channel).await?;
    assert_eq!(next(&mut *inbox).await?, None, "what came while it moved may be lost");
    // If both were at one node, that was for the one that stays; the other's comes when it has found its new node.
    for signal in [moved, stays] {
        arrives(&redis, &mut *inbox, &signal).await?;
    }
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn another_primary_takes_over() -> Result<()> {
    let Some(stage) = Stage::own("sentinel")? else {
        return Ok(());
    };
    let redis = stage.redis().await?;
    let (subscription, mut inbox) = redis.fan_out().attach().await?;
    let signal = typing(conversation());
    subscription.subscribe(&[signal.channel()]).await?;
    stage.signal("redis-1", "KILL")?;
    assert_eq!(next(&mut *inbox).await?, None);
    arrives(&redis, &mut *inbox, &signal).await?;
    redis.close().await;
    Ok(())
}

/// Publishes `signal` until it arrives.
async fn arrives(redis: &Redis, inbox: &mut dyn Inbox, signal: &Signal) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        // Fails while nobody serves the slot.
        let _published = redis.fan_out().publish(vec![signal.clone()]).await;
        while let Ok(arrived) = timeout(Duration::from_millis(200), inbox.next()).await {
            if arrived?.as_ref() == Some(signal) {
                return Ok(());
            }
        }
    }
    bail!("{signal:?} never arrives")
}

fn conversation_of(signal: &Signal) -> String {
    match signal {
        Signal::Conversation(event) => event.conversation.to_string(),
        _ => String::new(),
    }
}

/// Gives the slot of `channel` to a node that does not have it.
async fn move_slot(stage: &Stage, channel: &str) -> Result<()> {
    let mut nodes = Vec::new();
    for address in stage.config()?.addresses {
        let mut node = stage.raw_at(&address).await?;
        let id: String = cmd("CLUSTER").arg("MYID").query_async(&mut node).await?;
        nodes.push((node, id));
    }
    let slot: u16 = cmd("CLUSTER")
        .arg("KEYSLOT")
        .arg(channel)
        .query_async(&mut nodes[0].0)
        .await?;
    let mut owner = None;
    for (index, (node, _)) in nodes.iter_mut().enumerate() {
        let subscribers = cmd("PUBSUB").arg("SHARDNUMSUB").arg(channel).query_async(node).await?;
        let (_, count): (String, u64) = from_redis_value(subscribers)?;
        owner = owner.or((count > 0).then_some(index));
    }
    let owner = owner.context("nobody has the channel")?;
    let target = (owner + 1) % nodes.len();
    let (from, to) = (nodes[owner].1.clone(), nodes[target].1.clone());
    // As resharding does it; the new owner takes it first, since it is who tells everybody else.
    let steps = [
        (target, "IMPORTING", &from),
        (owner, "MIGRATING", &to),
        (target, "NODE", &to),
        (owner, "NODE", &to),
    ];
    for (index, state, node) in steps {
        let mut step = cmd("CLUSTER");
        step.arg("SETSLOT").arg(slot).arg(state).arg(node);
        step.query_async::<()>(&mut nodes[index].0).await?;
    }
    Ok(())
}
