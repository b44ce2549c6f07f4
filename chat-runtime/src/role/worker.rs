//! `talkline worker`: from Kafka to MongoDB to the gateways; one of as many as there are partitions.

use std::{sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use talkline_worker::{Config, Metrics, Ports, Worker};
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::readiness::WorkerReadiness;
use crate::{
    admin::Admin,
    cluster::Cluster,
    config::{self, Effective, Flags, Role, Settings},
    failure::Failure,
    patience::Patience,
    say, signals, start, telemetry,
};

/// Runs until it is told to stop; then finishes the batches in hand, leaves the group and returns.
pub(crate) async fn run(flags: Flags) -> Result<(), Failure> {
    // What is asked for.
    let Effective { settings, servers, .. } = config::resolve(Role::Worker, &flags)?;
    telemetry::start(&settings.spec.monitoring.logs);
    let name = start::name("worker", settings.process.name.clone());

    // What the machine must have; from here on the process lives, and is not ready.
    let admin = Admin::start(start::bind("--admin", settings.process.admin).await?)?;
    let stop = CancellationToken::new();
    let signals = signals::listen(stop.clone()).map_err(Failure::runtime)?;
    say::starting(&name, admin.address);

    // The servers, which may come late.
    let mut registry = Registry::default();
    let connecting = Cluster::connect(servers, Patience::of(settings.process.start), &mut registry);
    let Some(cluster) = stop.run_until_cancelled(connecting).await else {
        return admin.stop().await;
    };
    let cluster = Arc::new(cluster?);
    let ports = cluster.ports().ok_or_else(|| config::missing("kafka.brokers"))?;

    // The worker, which shares the partitions with the others.
    let metrics = Metrics::register(&mut registry);
    let ports = Ports {
        log: ports.log,
        store: ports.store,
        fan_out: ports.fan_out,
    };
    let working = tokio::spawn(Worker::new(config_of(&settings), ports, metrics).run(stop.clone()));

    // What operators ask.
    admin.know(WorkerReadiness::new(stop.clone(), cluster.clone()), registry);
    say::up(&name, None);

    // Until somebody stops it, or it breaks.
    let patience = Duration::from_secs(settings.spec.worker.drain_seconds.into());
    let outcome = end_of(working, &stop, patience).await;
    start::end(admin, cluster).await?;
    signals.abort();
    outcome
}

/// Waits for the worker, and once it is told to stop for so long at most: what it did not finish, another one does.
async fn end_of(
    mut working: JoinHandle<talkline_core::Result<()>>,
    stop: &CancellationToken,
    patience: Duration,
) -> Result<(), Failure> {
    let ended = tokio::select! {
        ended = &mut working => ended,
        () = stop.cancelled() => match timeout(patience, &mut working).await {
            Ok(ended) => ended,
            Err(_) => {
                working.abort();
                let seconds = patience.as_secs();
                return Err(Failure::broken(format_args!("the batches in hand were not done in {seconds} s")));
            }
        },
    };
    ended.map_err(Failure::broken)?.map_err(Failure::broken)
}

fn config_of(settings: &Settings) -> Config {
    Config {
        max_batch: settings.spec.worker.batch.max_records as usize,
        states: settings.states,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    #[test]
    fn it_takes_on_as_much_as_is_set() {
        let mut settings = Settings::default();
        settings.spec.worker.batch.max_records = 7;
        settings.states = NonZeroUsize::MIN;
        let config = config_of(&settings);
        assert_eq!((config.max_batch, config.states), (7, NonZeroUsize::MIN));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_waits_for_the_batch_and_not_for_ever() {
        let stop = CancellationToken::new();
        stop.cancel();
        let batch = |seconds| {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Ok(())
            })
        };
        let patience = Duration::from_secs(30);
        assert!(end_of(batch(29), &stop, patience).await.is_ok());
        assert!(end_of(batch(31), &stop, patience).await.is_err());
    }
}
