//! `talkline gateway`: REST and Socket.IO in front of Kafka, MongoDB and Redis; one of many behind a proxy.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use talkline_crds::ChatClusterSpec;
use talkline_gateway::{
    Gateway, Settings,
    config::{Config, History},
};
use tokio_util::sync::CancellationToken;

use super::readiness::GatewayReadiness;
use crate::{
    admin::Admin,
    chat,
    cluster::Cluster,
    config::{self, Effective, Flags, Role},
    dependencies::Watch,
    failure::Failure,
    keys,
    patience::Patience,
    say, signals, start,
    telemetry::{self, Traces},
};

/// Runs until it is told to stop; then asks its sockets to move, and returns when they have.
pub(crate) async fn run(flags: Flags) -> Result<(), Failure> {
    // What is asked for.
    let Effective {
        settings, mut servers, ..
    } = config::resolve(Role::Gateway, &flags)?;
    telemetry::start(&settings.spec.monitoring.logs);
    let process = settings.process;
    let name = start::name("gateway", process.name);
    let (mut keys, keyring) = keys::File::open(process.jwt_keys.ok_or_else(|| config::missing("jwtKeys"))?)?;
    let site = start::site(process.web.as_deref())?;

    // What the machine must have; from here on the process lives, and is not ready.
    let listener = match process.reuse_port {
        true => start::bind_beside_others(process.listen)?,
        false => start::bind("--listen", process.listen).await?,
    };
    let admin = Admin::start(start::bind("--admin", process.admin).await?)?;
    let stop = CancellationToken::new();
    let signals = signals::listen(stop.clone()).map_err(Failure::runtime)?;
    say::starting(&name, admin.address);

    // The servers, which may come late. The search index is brought up by workers, so that no socket waits for it.
    if let Some(mongo) = &mut servers.mongo {
        mongo.index = false;
    }
    let mut registry = start::registry();
    let age = keys::Age::register(&mut registry);
    age.of(&keyring);
    let connecting = Cluster::connect(servers, Patience::of(process.start), &mut registry);
    let Some(cluster) = stop.run_until_cancelled(connecting).await else {
        return admin.stop().await;
    };
    let cluster = Arc::new(cluster?);
    let traces = Traces::start(&settings.spec.monitoring, "talkline-gateway", &name, &mut registry)?;
    let ports = cluster.ports(&traces).ok_or_else(|| config::missing("kafka.brokers"))?;

    // The gateway: sockets, REST and the web client.
    let gateway = Settings {
        name: name.clone(),
        config: config_of(&settings.spec, settings.history),
        engine: chat::sockets(&settings.spec.gateway.sockets),
        keys: keyring,
        site,
    };
    let gateway = Gateway::start(gateway, ports, listener, &mut registry)
        .await
        .map_err(Failure::broken)?;

    // What operators ask.
    let watch = Watch::start(cluster.clone());
    let readiness = GatewayReadiness::new(gateway.health().clone(), cluster.clone());
    admin.know(readiness, registry);
    say::up(&name, Some(gateway.address()));

    stop.run_until_cancelled(exchange_keys(&gateway, &mut keys, &age)).await;

    // First nothing new is taken, then what was accepted is done.
    gateway.stop().await;
    traces.stop().await;
    start::end(admin, watch, cluster).await?;
    signals.abort();
    Ok(())
}

/// Brings in what the file of keys has become; does not end.
async fn exchange_keys(gateway: &Gateway, keys: &mut keys::File, age: &keys::Age) {
    let mut looks = tokio::time::interval(keys::INTERVAL);
    loop {
        looks.tick().await;
        if let Some(keyring) = keys.changed() {
            age.of(&keyring);
            gateway.exchange_keys(keyring);
        }
    }
}

/// As the ChatCluster says, and how it says that a gateway goes away.
fn config_of(spec: &ChatClusterSpec, history: History) -> Config {
    let mut config = chat::gateway(spec);
    config.history = history;
    let drain = &spec.gateway.drain;
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    config.http.linger = seconds(drain.accept_seconds);
    config.realtime.drain_grace = seconds(drain.max_seconds.saturating_sub(drain.accept_seconds));
    config.realtime.drain_pace = NonZeroU32::new(drain.sockets_per_minute);
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_away_as_the_cluster_says() {
        let mut spec = ChatClusterSpec::default();
        let config = config_of(&spec, History::default());
        assert_eq!(config.http.linger, Duration::from_secs(5));
        assert_eq!(config.realtime.drain_grace, Duration::from_secs(595));
        assert_eq!(config.realtime.drain_pace, NonZeroU32::new(6_000));
        spec.gateway.drain.accept_seconds = 0;
        assert_eq!(config_of(&spec, History::default()).http.linger, Duration::ZERO);
    }
}
