//! The parts while they run, and the order in which they end.

use std::{sync::Arc, time::Duration};

use talkline_embedded::Embedded;
use talkline_gateway::Gateway;
use tokio_util::sync::CancellationToken;

use crate::{
    admin::Admin, cluster::Cluster, dependencies::Watch, failure::Failure, start, telemetry::Traces, workers::Workers,
};

/// How long the workers have to finish what is in hand.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that was started.
pub(super) struct Running {
    pub(super) gateway: Gateway,
    pub(super) workers: Workers,
    pub(super) embedded: Embedded,
    pub(super) servers: Arc<Cluster>,
    pub(super) watch: Watch,
    pub(super) traces: Traces,
    pub(super) admin: Admin,
}

impl Running {
    /// Waits for `stop`, or for a part that breaks, and ends the parts: first nothing new is taken, then what was
    /// accepted is done, then the file is closed. Health is answered to the last.
    pub(super) async fn until(mut self, stop: &CancellationToken) -> Result<(), Failure> {
        let broken = tokio::select! {
            () = stop.cancelled() => None,
            failure = self.workers.broken() => Some(failure),
        };
        self.gateway.stop().await;
        let ended = self.workers.stop(PATIENCE).await;
        self.traces.stop().await;
        self.embedded.close().await;
        start::end(self.admin, self.watch, self.servers).await?;
        broken.map_or(ended, Err)
    }
}
