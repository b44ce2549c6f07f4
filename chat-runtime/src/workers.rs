//! What works on the log and the store: the worker, and the retention beside it. They are started and ended together.

use std::time::Duration;

use prometheus_client::registry::Registry;
use talkline_gateway::Ports;
use talkline_worker::{Config, Kept, Metrics, Retention, Worker};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// Their tasks.
pub(crate) struct Workers {
    tasks: JoinSet<talkline_core::Result<()>>,
    stop: CancellationToken,
}

impl Workers {
    /// Starts them.
    pub(crate) fn start(config: Config, kept: Kept, ports: &Ports, registry: &mut Registry) -> Self {
        let metrics = Metrics::register(registry);
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        let clock = ports.clock.clone();
        let ports = talkline_worker::Ports {
            log: ports.log.clone(),
            store: ports.store.clone(),
            fan_out: ports.fan_out.clone(),
            tracer: ports.tracer.clone(),
            recent: ports.recent.clone(),
        };
        tasks.spawn(Retention::new(kept, &ports, clock, metrics.clone()).run(stop.clone()));
        tasks.spawn(Worker::new(config, ports, metrics).run(stop.clone()));
        Self { tasks, stop }
    }

    /// Waits for one that ends by itself, which none should.
    pub(crate) async fn broken(&mut self) -> Failure {
        let ended = self.tasks.join_next().await;
        Failure::broken(format_args!("a worker's task stopped: {ended:?}"))
    }

    /// Ends them, and says what went wrong first. What they do not finish within `patience`, another worker does, or this
    /// one at its next start.
    pub(crate) async fn stop(mut self, patience: Duration) -> Result<(), Failure> {
        self.stop.cancel();
        let seconds = patience.as_secs();
        timeout(patience, self.ended()).await.unwrap_or_else(|_| {
            Err(Failure::broken(format_args!(
                "the batches in hand were not done in {seconds} s"
            )))
        })
    }

    async fn ended(&mut self) -> Result<(), Failure> {
        let mut outcome = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            let ended = ended.map_err(Failure::broken);
            outcome = outcome.and(ended.and_then(|ended| ended.map_err(Failure::broken)));
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A task whose batch takes so long, whatever it is told.
    fn busy(seconds: u64) -> Workers {
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(())
        });
        Workers {
            tasks,
            stop: CancellationToken::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_waits_for_the_batch_and_not_for_ever() {
        let patience = Duration::from_secs(30);
        assert!(busy(29).stop(patience).await.is_ok());
        assert!(busy(31).stop(patience).await.is_err());
    }
}
