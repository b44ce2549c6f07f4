//! `talkline worker`: from Kafka to MongoDB to the gateways; one of as many as there are partitions.

use std::{sync::Arc, time::Duration};

use talkline_worker::Config;
use tokio_util::sync::CancellationToken;

use super::readiness::WorkerReadiness;
use crate::{
    admin::Admin,
    chat,
    cluster::Cluster,
    config::{self, Effective, Flags, Role, Settings},
    dependencies::Watch,
    failure::Failure,
    patience::Patience,
    say, signals, start,
    telemetry::{self, Traces},
    workers::Workers,
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
    let mut registry = start::registry();
    let connecting = Cluster::connect(servers, Patience::of(settings.process.start), &mut registry);
    let Some(cluster) = stop.run_until_cancelled(connecting).await else {
        return admin.stop().await;
    };
    let cluster = Arc::new(cluster?);
    let traces = Traces::start(&settings.spec.monitoring, "talkline-worker", &name, &mut registry)?;
    let ports = cluster.ports(&traces).ok_or_else(|| config::missing("kafka.brokers"))?;

    // The worker, which shares the partitions with the others, and the retention, which any of them does.
    let kept = chat::kept(&settings.spec.retention);
    let mut workers = Workers::start(config_of(&settings), kept, &ports, &mut registry);

    // What operators ask.
    let watch = Watch::start(cluster.clone());
    admin.know(WorkerReadiness::new(stop.clone(), cluster.clone()), registry);
    say::up(&name, None);

    // Until somebody stops it, or it breaks.
    let broken = tokio::select! {
        () = stop.cancelled() => None,
        failure = workers.broken() => Some(failure),
    };
    let ended = workers
        .stop(Duration::from_secs(settings.spec.worker.drain_seconds.into()))
        .await;
    traces.stop().await;
    start::end(admin, watch, cluster).await?;
    signals.abort();
    broken.map_or(ended, Err)
}

fn config_of(settings: &Settings) -> Config {
    Config {
        max_batch: settings.spec.worker.batch.max_records as usize,
        linger: Duration::from_millis(settings.spec.worker.batch.linger_millis.into()),
        states: settings.states,
        ..Config::default()
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
        settings.spec.worker.batch.linger_millis = 9;
        settings.states = NonZeroUsize::MIN;
        let config = config_of(&settings);
        assert_eq!((config.max_batch, config.states), (7, NonZeroUsize::MIN));
        assert_eq!(config.linger, Duration::from_millis(9));
    }
}
