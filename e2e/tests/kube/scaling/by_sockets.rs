//! Gateways, by their sockets, of which a real Prometheus knows.

use std::{fs, net::Ipv4Addr, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use talkline_testbed::Prometheus;

use super::{Clock, all_is_there, is_able, is_not_told, seen, talk, three_left_in_turn};
use crate::{platform::Platform, record::Since};

/// The node, as its pods know it.
const NODE: Ipv4Addr = Ipv4Addr::new(10, 244, 0, 1);
/// How a Kubernetes without the Prometheus operator is scraped.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus");
const TESTS: &str = "KEDA over Prometheus on Kubernetes";

/// Sockets that a gateway is meant to hold.
const TARGET: usize = 10;

#[tokio::test]
#[ignore = "takes minutes, and builds KEDA the first time"]
async fn keda_scales_gateways_by_their_sockets() -> Result<()> {
    let Some(mut platform) = Platform::up(TESTS).await? else {
        return Ok(());
    };
    let Some(prometheus) = prometheus(&platform)? else {
        return Ok(());
    };
    for script in ["metrics.sh", "keda.sh"] {
        platform.add(script)?;
    }
    let scaling =
        json!({ "kind": "Keda", "minReplicas": 1, "maxReplicas": 4, "targetCpuPercent": 100, "scaleDownSeconds": 0 });
    platform.patch(&json!({
        "gateway": {
            "replicas": null, "autoscaling": scaling, "resources": { "requests": { "cpu": "300m", "memory": "64Mi" } },
            // Ten sockets a second: a drain can be seen.
            "sockets": { "targetPerReplica": TARGET, "maxPerReplica": 100 }, "drain": { "acceptSeconds": 2, "socketsPerMinute": 600 },
        },
        "monitoring": { "prometheusUrl": prometheus.url() },
    }))?;
    is_able(&platform, "gateway", "ValidMetricFound")?;
    platform.settled()?;
    platform.scaled("gateway", 1)?;

    more_come_and_go(&platform).await?;
    a_drain_is_no_load(&platform).await?;
    let most = prometheus.history("sum(talkline_gateway_draining)", 600)?;
    let most = most
        .iter()
        .flat_map(|series| &series.values)
        .copied()
        .fold(0.0, f64::max);
    ensure!(most == 1.0, "{most} gateways drained at the same time");
    a_prometheus_that_is_down_scales_nothing(&platform, prometheus)?;
    platform.down().await
}

/// As committed, but that it looks once a second, and from outside of the cluster.
fn prometheus(platform: &Platform) -> Result<Option<Prometheus>> {
    let folder = Path::new(FOLDER);
    let configuration = fs::read_to_string(folder.join("kubernetes.yml"))?;
    let outside = format!(
        "{{ role: pod, kubeconfig_file: {} }}",
        platform.kubernetes().join("kubeconfig").display()
    );
    let rules = fs::canonicalize(folder.join("rules.yaml"))?;
    let changed = configuration
        .replace("15s", "1s")
        .replace("{ role: pod }", &outside)
        .replace("rules.yaml", rules.to_str().context("an odd path")?);
    Prometheus::run(TESTS, &changed, NODE)
}

/// A crowd is too much for one gateway, and a few people are not.
async fn more_come_and_go(platform: &Platform) -> Result<()> {
    let (since, clock) = (Since::now(platform)?, Clock::start());
    let crowd = talk(platform, 4 * TARGET, 20, 40).await?;
    platform.scaled("gateway", 4)?;
    clock.tell(&format!("4 gateways: {}", seen(platform, "gateway")?));
    // These people's sockets are on all four.
    let few = talk(platform, TARGET - 2, 10, 120).await?;
    all_is_there("gateways, from 1 to 4 by KEDA", crowd).await?;
    platform.scaled("gateway", 1)?;
    clock.tell(&format!("1 gateway: {}", seen(platform, "gateway")?));
    let moved = all_is_there("gateways, from 4 to 1 by KEDA", few).await?;
    three_left_in_turn(&since, &moved)
}

/// Two gateways have as many sockets as they are meant to have, and both are replaced. A socket that was counted in the old one and in
/// the new one would bring a third.
async fn a_drain_is_no_load(platform: &Platform) -> Result<()> {
    let people = talk(platform, 2 * TARGET, 10, 90).await?;
    platform.scaled("gateway", 2)?;
    let since = Since::now(platform)?;
    platform
        .patch(&json!({ "gateway": { "podTemplate": { "metadata": { "annotations": { "rolled": "once" } } } } }))?;
    platform.settled()?;
    let asked = since.asked("gateway")?;
    ensure!(
        asked.iter().all(|count| *count == 2),
        "{asked:?} gateways for as many sockets"
    );
    ensure!(since.gateways_left_in_turn()? == 2, "both were to go");
    all_is_there("gateways, rolled under KEDA", people).await.map(drop)
}

fn a_prometheus_that_is_down_scales_nothing(platform: &Platform, prometheus: Prometheus) -> Result<()> {
    let since = Since::now(platform)?;
    drop(prometheus);
    is_not_told(platform, "gateway")?;
    let asked = since.asked("gateway")?;
    ensure!(asked.len() <= 1, "{asked:?} gateways without a Prometheus");
    Ok(())
}
