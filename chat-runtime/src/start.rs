//! What the commands have in common at their start and at their end.

use std::{net::SocketAddr, path::Path, sync::Arc};

use prometheus_client::registry::Registry;
use talkline_gateway::web::Site;
use talkline_metrics::Process;
use tokio::net::TcpListener;

use crate::{admin::Admin, cluster::Cluster, dependencies::Watch, failure::Failure};

/// The name that was set, or one that no other process has.
pub(crate) fn name(role: &str, set: Option<String>) -> String {
    set.unwrap_or_else(|| format!("{role}-{:016x}", rand::random::<u64>()))
}

/// What is measured, to begin with: the process itself.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::default();
    Process::register(&mut registry);
    registry
}

/// Listens on an address, which `flag` changes.
pub(crate) async fn bind(flag: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::address(flag, address, &error))
}

/// The built web client; without a folder, the page that says how to get it.
pub(crate) fn site(folder: Option<&Path>) -> Result<Site, Failure> {
    match folder {
        Some(path) => Site::load(path).map_err(|error| Failure::unreadable(path, error)),
        None => Ok(Site::missing()),
    }
}

/// Ends what a role stands on: health is answered until nothing is in hand any more.
pub(crate) async fn end(admin: Admin, watch: Watch, cluster: Arc<Cluster>) -> Result<(), Failure> {
    watch.end().await;
    admin.stop().await?;
    // Nobody else has it: the watch has ended, and the admin port, which asked it, is closed.
    if let Some(cluster) = Arc::into_inner(cluster) {
        cluster.close().await;
    }
    Ok(())
}
