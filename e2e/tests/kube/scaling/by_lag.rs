//! Workers, by what waits for them in a real Kafka.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Clock, all_is_there, is_able, is_not_told, seen, talk};
use crate::{platform::Platform, record::Since};

/// The most workers.
const MOST: u32 = 4;

#[tokio::test]
#[ignore = "takes minutes, and builds KEDA the first time"]
async fn keda_scales_workers_by_their_lag() -> Result<()> {
    let Some(mut platform) = Platform::up("KEDA on Kubernetes").await? else {
        return Ok(());
    };
    for script in ["metrics.sh", "keda.sh"] {
        platform.add(script)?;
    }
    // Each may take so little of a core that a few messages are too many for one, and by CPU alone there is never a reason for another.
    let little = json!({ "cpu": "100m", "memory": "64Mi" });
    let scaling = json!({ "kind": "Keda", "minReplicas": 1, "maxReplicas": MOST, "targetCpuPercent": 100, "scaleDownSeconds": 0 });
    platform.patch(&json!({ "worker": {
        "replicas": null, "targetLagPerReplica": 100, "autoscaling": scaling, "resources": { "requests": little, "limits": { "cpu": "100m" } },
    } }))?;
    is_able(&platform, "worker", "ValidMetricFound")?;
    platform.scaled("worker", 1)?;

    more_come_and_go(&platform).await?;
    a_log_that_is_down_scales_nothing(&platform)?;
    platform.down().await
}

/// A crowd is too much for one worker, and few people are not. While CPU is not known, nobody goes.
async fn more_come_and_go(platform: &Platform) -> Result<()> {
    let clock = Clock::start();
    let crowd = talk(platform, 40, 200, 30).await?;
    platform.scaled("worker", MOST)?;
    clock.tell(&format!("{MOST} workers: {}", seen(platform, "worker")?));
    platform.kill("kubernetes/metrics-server")?;
    all_is_there("workers, from 1 to 4 by KEDA", crowd).await?;
    is_able(platform, "worker", "FailedGetResourceMetric")?;
    clock.tell(&format!("nobody may go: {}", seen(platform, "worker")?));
    platform.scaled("worker", MOST)?;

    let few = talk(platform, 10, 5, 90).await?;
    platform.add("metrics.sh")?;
    platform.scaled("worker", 1)?;
    clock.tell(&format!("1 worker: {}", seen(platform, "worker")?));
    all_is_there("workers, from 4 to 1 by KEDA", few).await.map(drop)
}

fn a_log_that_is_down_scales_nothing(platform: &Platform) -> Result<()> {
    let since = Since::now(platform)?;
    platform.kill("servers/kafka-1")?;
    is_not_told(platform, "worker")?;
    let asked = since.asked("worker")?;
    ensure!(
        asked.iter().all(|count| *count == 1),
        "{asked:?} workers for a log that is down"
    );
    Ok(())
}
