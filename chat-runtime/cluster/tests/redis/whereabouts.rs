//! Presence over a Redis that forgets, and gateways that die.

use std::time::Duration;

use anyhow::Result;
use redis::cmd;
use talkline_core::{
    id::UserId,
    port::{Presence, PresenceStatus},
    time::Timestamp,
};

use crate::stage::{Stage, connect, eventually};

fn user() -> UserId {
    UserId::from_bytes(rand::random())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + 1000 * seconds)
}

async fn status(presence: &dyn Presence, user: UserId) -> Result<PresenceStatus> {
    Ok(presence.get(&[user]).await?[0].status)
}

#[tokio::test]
async fn what_redis_forgot_it_knows_again_with_the_next_sign_of_life() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let redis = stage.redis().await?;
    let presence = redis.presence();
    let users: Vec<_> = (0..1_200).map(|_| user()).collect();
    for user in &users {
        presence.connected("a", *user, "1", 0, at(0)).await?;
    }
    presence.disconnected("a", users[0], "1", at(1)).await?;
    let mut raw = stage.raw().await?;
    cmd("FLUSHALL").query_async::<()>(&mut raw).await?;
    cmd("SCRIPT").arg("FLUSH").query_async::<()>(&mut raw).await?;
    assert_eq!(status(&*presence, users[1]).await?, PresenceStatus::Offline);

    let changed = presence.heartbeat("a", at(2)).await?;
    assert_eq!(changed.len(), users.len() - 1, "those who are back are to be told of");
    let states = presence.get(&users).await?;
    let online = states.iter().filter(|state| state.status == PresenceStatus::Online);
    assert_eq!(online.count(), users.len() - 1);
    assert_eq!(presence.heartbeat("a", at(3)).await?, [], "told once");
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn what_could_not_be_said_is_said_with_the_next_sign_of_life() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let redis = stage.redis().await?;
    let presence = redis.presence();
    let (came, left) = (user(), user());
    presence.connected("a", left, "1", 0, at(0)).await?;
    stage.signal("redis-1", "KILL")?;
    eventually("Redis is gone", async || redis.ping().await.is_err()).await;
    assert!(presence.connected("a", came, "1", 0, at(1)).await.is_err());
    assert!(presence.disconnected("a", left, "1", at(1)).await.is_err());
    stage.restart()?;
    let mut changed = Vec::new();
    eventually("a sign of life", async || match presence.heartbeat("a", at(2)).await {
        Ok(users) => {
            changed = users;
            true
        }
        Err(_) => false,
    })
    .await;
    assert_eq!(status(&*presence, came).await?, PresenceStatus::Online);
    assert_eq!(status(&*presence, left).await?, PresenceStatus::Offline);
    assert!(
        changed.contains(&came) && changed.contains(&left),
        "nobody else tells: {changed:?}"
    );
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn a_gateway_of_the_same_name_does_not_inherit_the_sockets_of_the_dead_one() -> Result<()> {
    let Some(stage) = Stage::shared()? else { return Ok(()) };
    let config = stage.config()?;
    let (stays, leaves) = (user(), user());
    let before = connect(&config).await?;
    for user in [stays, leaves] {
        before.presence().connected("a", user, "1", 0, at(0)).await?;
    }
    // Killed: it said nothing.
    before.close().await;
    let redis = connect(&config).await?;
    redis.presence().connected("a", stays, "7", 0, at(5)).await?;
    assert_eq!(redis.presence().heartbeat("a", at(6)).await?, [leaves]);
    assert_eq!(status(&*redis.presence(), stays).await?, PresenceStatus::Online);
    redis.presence().disconnected("a", stays, "7", at(7)).await?;
    assert_eq!(
        status(&*redis.presence(), stays).await?,
        PresenceStatus::Offline,
        "a dead gateway's socket"
    );
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn a_gateway_taken_for_dead_comes_back() -> Result<()> {
    let Some(stage) = Stage::shared()? else { return Ok(()) };
    let mut config = stage.config()?;
    config.presence_expiry = Duration::from_secs(10);
    let (slow, other) = (connect(&config).await?, connect(&config).await?);
    let ann = user();
    slow.presence().connected("slow", ann, "1", 0, at(0)).await?;
    assert_eq!(other.presence().heartbeat("other", at(20)).await?, [ann]);
    assert_eq!(status(&*other.presence(), ann).await?, PresenceStatus::Offline);
    assert_eq!(slow.presence().heartbeat("slow", at(21)).await?, [ann]);
    assert_eq!(status(&*other.presence(), ann).await?, PresenceStatus::Online);
    slow.close().await;
    other.close().await;
    Ok(())
}

#[tokio::test]
async fn sockets_that_come_and_go_at_once_end_as_the_gateway_has_them() -> Result<()> {
    let Some(stage) = Stage::shared()? else { return Ok(()) };
    let redis = stage.redis().await?;
    let presence = redis.presence();
    for round in 0..50 {
        let ann = user();
        let sockets: Vec<_> = (0..8).map(|number| number.to_string()).collect();
        let coming = sockets
            .iter()
            .map(|socket| presence.connected("a", ann, socket, 0, at(round)));
        futures::future::try_join_all(coming).await?;
        let going = sockets[1..]
            .iter()
            .map(|socket| presence.disconnected("a", ann, socket, at(round)));
        futures::future::try_join_all(going).await?;
        assert_eq!(status(&*presence, ann).await?, PresenceStatus::Online, "round {round}");
        let (gone, back) = tokio::join!(
            presence.disconnected("a", ann, &sockets[0], at(round)),
            presence.connected("a", ann, "9", 0, at(round))
        );
        gone?;
        back?;
        assert_eq!(status(&*presence, ann).await?, PresenceStatus::Online, "round {round}");
        presence.disconnected("a", ann, "9", at(round)).await?;
        assert_eq!(status(&*presence, ann).await?, PresenceStatus::Offline, "round {round}");
    }
    redis.close().await;
    Ok(())
}
