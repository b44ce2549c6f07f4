//! The fan-out over a Redis that goes and comes back.

use anyhow::Result;
use talkline_core::{ErrorKind, port::Inbox};

use crate::stage::{Stage, conversation, eventually, next, typing};

/// How often `None` comes before the next signal.
async fn losses(inbox: &mut dyn Inbox) -> Result<usize> {
    let mut losses = 0;
    while next(inbox).await?.is_none() {
        losses += 1;
    }
    Ok(losses)
}

#[tokio::test]
async fn after_a_restart_everything_is_subscribed_again_and_the_loss_is_told_once() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let redis = stage.redis().await?;
    let fan_out = redis.fan_out();
    let (subscription, mut inbox) = fan_out.attach().await?;
    let rooms: Vec<_> = (0..2_500).map(|_| typing(conversation())).collect();
    let channels: Vec<_> = rooms.iter().map(|signal| signal.channel()).collect();
    subscription.subscribe(&channels).await?;

    stage.signal("redis-1", "KILL")?;
    eventually("the loss is noticed", async || redis.ping().await.is_err()).await;
    let failed = fan_out.publish(rooms[..1].to_vec()).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Unavailable, "{failed}");
    // What is subscribed meanwhile is not forgotten either.
    let late = typing(conversation());
    let failed = subscription.subscribe(&[late.channel()]).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Unavailable, "{failed}");

    stage.restart()?;
    assert_eq!(next(&mut *inbox).await?, None, "something was lost");
    let mut all = rooms.clone();
    all.truncate(900);
    all.push(late);
    eventually("Redis takes signals again", async || {
        fan_out.publish(all.clone()).await.is_ok()
    })
    .await;
    for signal in all {
        assert_eq!(
            next(&mut *inbox).await?,
            Some(signal),
            "told of the same loss again, or deaf on a channel"
        );
    }
    redis.close().await;
    assert_eq!(inbox.next().await.unwrap_err().kind(), ErrorKind::Closed);
    Ok(())
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let redis = stage.redis().await?;
    let (subscription, mut inbox) = redis.fan_out().attach().await?;
    let signal = typing(conversation());
    subscription.subscribe(&[signal.channel()]).await?;
    stage.signal("redis-1", "STOP")?;
    let other = typing(conversation());
    assert!(
        subscription.subscribe(&[other.channel()]).await.is_err(),
        "nobody confirms"
    );
    stage.signal("redis-1", "CONT")?;
    assert_eq!(next(&mut *inbox).await?, None);
    for signal in [signal, other] {
        eventually("signals pass", async || {
            redis.fan_out().publish(vec![signal.clone()]).await.is_ok()
        })
        .await;
        assert_eq!(next(&mut *inbox).await?, Some(signal));
    }
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn a_lost_node_of_a_cluster_takes_only_its_own_channels_along() -> Result<()> {
    let Some(stage) = Stage::own("cluster")? else {
        return Ok(());
    };
    let redis = stage.redis().await?;
    let (subscription, mut inbox) = redis.fan_out().attach().await?;
    let rooms: Vec<_> = (0..60).map(|_| typing(conversation())).collect();
    let channels: Vec<_> = rooms.iter().map(|signal| signal.channel()).collect();
    subscription.subscribe(&channels).await?;
    stage.signal("redis-3", "KILL")?;
    // The other two go on serving their slots until they agree that the third is gone.
    let mut passed = 0;
    for signal in &rooms {
        passed += usize::from(redis.fan_out().publish(vec![signal.clone()]).await.is_ok());
    }
    assert!(passed > 10, "{passed} of 60 passed");
    for _ in 0..passed {
        assert!(next(&mut *inbox).await?.is_some(), "nothing is lost before it is back");
    }
    stage.restart()?;
    eventually("all nodes serve", async || {
        redis.fan_out().publish(rooms.clone()).await.is_ok()
    })
    .await;
    losses(&mut *inbox).await?;
    let last = typing(conversation());
    subscription.subscribe(&[last.channel()]).await?;
    redis.fan_out().publish(vec![last.clone()]).await?;
    while next(&mut *inbox).await? != Some(last.clone()) {}
    redis.fan_out().publish(rooms.clone()).await?;
    let mut arrived = Vec::new();
    while arrived.len() < rooms.len() {
        arrived.extend(next(&mut *inbox).await?);
    }
    assert!(rooms.iter().all(|signal| arrived.contains(signal)), "a channel is deaf");
    redis.close().await;
    Ok(())
}
