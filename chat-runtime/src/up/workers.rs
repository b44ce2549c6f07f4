//! What works on the log and the store: the worker, and the retention beside it. They are started and ended together.

use prometheus_client::registry::Registry;
use talkline_gateway::Ports;
use talkline_worker::{Config, Kept, Metrics, Retention, Worker};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// Their tasks.
pub(super) struct Workers {
    tasks: JoinSet<talkline_core::Result<()>>,
    stop: CancellationToken,
}

impl Workers {
    /// Starts them.
    pub(super) fn start(config: Config, kept: Kept, ports: &Ports, registry: &mut Registry) -> Self {
        let metrics = Metrics::register(registry);
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let clock = ports.clock.clone();
        let ports = talkline_worker::Ports {
            log: ports.log.clone(),
            store: ports.store.clone(),
            fan_out: ports.fan_out.clone(),
        };
        tasks.spawn(Retention::new(kept, &ports, clock, metrics.clone()).run(stop.clone()));
        tasks.spawn(Worker::new(config, ports, metrics).run(stop.clone()));
        Self { tasks, stop }
    }

    /// Waits for one that ends by itself, which none should.
    pub(super) async fn broken(&mut self) -> Failure {
        let ended = self.tasks.join_next().await;
        Failure::broken(format_args!("a worker's task stopped: {ended:?}"))
    }

    /// Ends them, and says what went wrong first.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        self.stop.cancel();
        let mut outcome = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            let ended = ended.map_err(Failure::broken);
            outcome = outcome.and(ended.and_then(|ended| ended.map_err(Failure::broken)));
        }
        outcome
    }
}
