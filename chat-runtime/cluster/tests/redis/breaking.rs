//! What calls cost while Redis does not answer.

use std::time::Duration;

use anyhow::Result;
use redis::cmd;
use talkline_core::{ErrorKind, limit::Quota};
use tokio::time::Instant;

use crate::stage::{Stage, connect, eventually};

const HOURLY: Quota = Quota {
    permits: 100,
    window: Duration::from_secs(3600),
};

#[tokio::test]
async fn a_server_that_hangs_costs_the_timeout_a_few_times_and_then_nothing() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let mut config = stage.config()?;
    config.timeout = Duration::from_millis(300);
    let redis = connect(&config).await?;
    let limits = redis.limits();
    limits.take("ann", HOURLY).await?;
    stage.signal("redis-1", "STOP")?;
    let begun = Instant::now();
    for _ in 0..500 {
        let failed = limits.take("ann", HOURLY).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::Unavailable, "{failed}");
    }
    // Three timeouts until it is known, and a probe or two.
    let took = begun.elapsed();
    assert!(took < 10 * config.timeout, "500 calls took {took:?}");
    stage.signal("redis-1", "CONT")?;
    eventually("it is asked again", async || limits.take("ann", HOURLY).await.is_ok()).await;
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn counters_are_forgotten_once_they_have_run_out() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let redis = stage.redis().await?;
    let brief = Quota {
        permits: 2,
        window: Duration::from_millis(200),
    };
    for key in 0..20 {
        redis.limits().take(&key.to_string(), brief).await?;
    }
    let mut raw = stage.raw().await?;
    eventually("no counter is kept", async || {
        let kept: u64 = cmd("DBSIZE").query_async(&mut raw).await.unwrap_or(u64::MAX);
        kept == 0
    })
    .await;
    redis.close().await;
    Ok(())
}

#[tokio::test]
async fn a_start_without_redis_says_so() -> Result<()> {
    let Some(stage) = Stage::own("1")? else { return Ok(()) };
    let mut config = stage.config()?;
    stage.signal("redis-1", "KILL")?;
    config.timeout = Duration::from_millis(100);
    let begun = Instant::now();
    let error = connect(&config)
        .await
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(error.contains("Unavailable"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    config.addresses = vec!["nonsense".into()];
    let error = connect(&config)
        .await
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(error.contains("`nonsense` is not host:port"), "{error}");
    Ok(())
}
