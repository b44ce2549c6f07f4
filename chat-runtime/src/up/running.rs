//! The parts while they run, and the order in which they end.

use talkline_embedded::Embedded;
use talkline_gateway::Gateway;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{admin::Admin, cluster::Cluster, failure::Failure};

/// Everything that was started.
pub(super) struct Running {
    pub(super) gateway: Gateway,
    pub(super) worker: JoinHandle<talkline_core::Result<()>>,
    pub(super) stop_worker: CancellationToken,
    pub(super) embedded: Embedded,
    pub(super) servers: Cluster,
    pub(super) admin: Admin,
}

impl Running {
    /// Waits for `stop`, or for a part that breaks, and ends the parts: first nothing new is taken, then what was
    /// accepted is done, then the file is closed. Health is answered to the last.
    pub(super) async fn until(mut self, stop: &CancellationToken) -> Result<(), Failure> {
        let broken = tokio::select! {
            () = stop.cancelled() => None,
            ended = &mut self.worker => Some(Failure::broken(format_args!("the worker stopped: {ended:?}"))),
        };
        self.gateway.stop().await;
        self.stop_worker.cancel();
        if broken.is_none() {
            self.worker.await.map_err(Failure::broken)?.map_err(Failure::broken)?;
        }
        self.servers.close().await;
        self.embedded.close().await;
        self.admin.stop().await?;
        broken.map_or(Ok(()), Err)
    }
}
