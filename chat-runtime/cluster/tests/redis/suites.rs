//! The laws of the ports, on each topology.

use std::time::Duration;

use anyhow::Result;
use talkline_cluster::{Credentials, Secret, redis::Redis};
use talkline_core::{ErrorKind, suite};

use crate::stage::{Stage, connect};

async fn all(stage: &Stage) -> Result<()> {
    let config = stage.config()?;
    let redis: Redis = connect(&config).await?;
    redis.ping().await?;
    suite::fan_out::fan_out(&*redis.fan_out(), 2 * config.inbox).await;
    suite::presence::presence(&*redis.presence(), config.presence_expiry).await;
    suite::limits::limits(&*redis.limits()).await;
    suite::recent::recent(redis.recent(), suite::recent::Memberships::Kept, 20).await;
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn the_shared_servers_keep_the_laws() -> Result<()> {
    match Stage::shared()? {
        Some(stage) => all(&stage).await,
        None => Ok(()),
    }
}

#[tokio::test]
async fn a_cluster_keeps_the_laws() -> Result<()> {
    match Stage::own("cluster")? {
        Some(stage) => all(&stage).await,
        None => Ok(()),
    }
}

#[tokio::test]
async fn a_primary_behind_sentinels_keeps_the_laws() -> Result<()> {
    match Stage::own("sentinel")? {
        Some(stage) => all(&stage).await,
        None => Ok(()),
    }
}

#[tokio::test]
async fn a_server_with_tls_and_users_keeps_the_laws_and_lets_nobody_else_in() -> Result<()> {
    let Some(stage) = Stage::own("secure")? else {
        return Ok(());
    };
    all(&stage).await?;
    let mut guessing = stage.config()?;
    guessing.credentials = Some(Credentials {
        username: "talkline".into(),
        password: Secret::new("wrong"),
    });
    let refused = connect(&guessing)
        .await
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(refused.contains(&format!("{:?}", ErrorKind::Invalid)), "{refused}");
    let mut trusting = stage.config()?;
    trusting.tls.as_mut().into_iter().for_each(|tls| tls.ca = None);
    trusting.timeout = Duration::from_millis(200);
    assert!(
        connect(&trusting).await.is_err(),
        "a certificate of an authority that is not the system's"
    );
    Ok(())
}
