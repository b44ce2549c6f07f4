//! The admin port: health and metrics, from the first moment to the last.

use std::{io, net::SocketAddr, sync::Arc};

use prometheus_client::registry::Registry;
use talkline_gateway::health::Health;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// A server on the admin port.
pub(super) struct Admin {
    pub(super) address: SocketAddr,
    serving: JoinHandle<io::Result<()>>,
    stop: CancellationToken,
}

impl Admin {
    /// Serves on `listener` from now on.
    pub(super) fn start(listener: TcpListener, health: Health, registry: Registry) -> Result<Self, Failure> {
        let address = listener.local_addr().map_err(Failure::broken)?;
        let router = talkline_gateway::admin::router(health, Arc::new(registry));
        let stop = CancellationToken::new();
        let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        Ok(Self {
            address,
            serving: tokio::spawn(server.into_future()),
            stop,
        })
    }

    /// Answers what was asked, then ends.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        self.stop.cancel();
        self.serving.await.map_err(Failure::broken)?.map_err(Failure::broken)
    }
}
