//! Which optional APIs are served. They are asked for again and again, since their operators come and go without us.

use std::time::Duration;

use kube::Client;
use tokio::sync::watch;

use crate::validate::Apis;

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(30);

/// Looks once, and then follows as long as somebody listens.
///
/// # Errors
/// The API server does not answer the first time.
pub(crate) async fn follow(client: Client) -> Result<(watch::Receiver<Apis>, impl Future<Output = ()>), kube::Error> {
    let (sender, receiver) = watch::channel(served(&client).await?);
    let following = async move {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !sender.is_closed() {
            ticks.tick().await;
            match served(&client).await {
                Ok(apis) => {
                    let changed = sender.send_if_modified(|known| std::mem::replace(known, apis) != apis);
                    if changed {
                        tracing::info!(?apis, "the optional APIs have changed");
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the API server does not say what it serves; what was known holds")
                }
            }
        }
    };
    Ok((receiver, following))
}

async fn served(client: &Client) -> Result<Apis, kube::Error> {
    let groups = client.list_api_groups().await?;
    let serves = |group: &str, version: &str| {
        let found = groups.groups.iter().find(|found| found.name == group);
        found.is_some_and(|found| found.versions.iter().any(|served| served.version == version))
    };
    Ok(Apis {
        keda: serves("keda.sh", "v1alpha1"),
        gateway_api: serves("gateway.networking.k8s.io", "v1"),
        prometheus: serves("monitoring.coreos.com", "v1"),
        strimzi: serves("kafka.strimzi.io", "v1"),
    })
}
