//! What the commands have in common at their start and at their end.

use std::{net::SocketAddr, path::Path, sync::Arc};

use prometheus_client::registry::Registry;
use talkline_gateway::web::Site;
use talkline_metrics::Process;
use tokio::net::{TcpListener, TcpSocket};

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

/// Connections that wait to be accepted, at most; the system may allow fewer.
const BACKLOG: u32 = 4_096;

/// Listens on the address of `--listen` beside other processes that do the same (`SO_REUSEPORT`): the system spreads connections over
/// all of them.
pub(crate) fn bind_beside_others(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listening = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listening().map_err(|error| Failure::address("--listen", address, &error))
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn an_address_is_shared_with_those_alone_that_share_it_too() {
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        let first = bind_beside_others(any).ok().unwrap();
        let address = first.local_addr().unwrap();
        assert!(bind_beside_others(address).is_ok());
        assert!(bind("--listen", address).await.is_err());
    }
}
