//! What the commands have in common at their start.

use std::{net::SocketAddr, path::Path};

use talkline_gateway::web::Site;
use tokio::net::TcpListener;

use crate::failure::Failure;

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
