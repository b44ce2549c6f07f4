//! The gateway put together: what is made of what, and in which order it ends.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use talkline_core::{Error, ErrorKind, Result};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    auth::{Accounts, Authenticator, Keyring},
    chat::Chat,
    config::Config,
    engine::{self, Engine, Server},
    health::Health,
    limits::Limits,
    metrics::{Metrics, Readings},
    ports::Ports,
    realtime::Realtime,
    rest::{self, Api},
    web::Site,
};

/// How long the tasks may take to write what they hold, once nobody brings anything more.
const FLUSH: Duration = Duration::from_secs(10);

/// What a gateway is started with.
pub struct Settings {
    /// Unique among the gateways that run: answers find it by this name.
    pub name: String,
    /// Limits, lengths, deadlines.
    pub config: Config,
    /// The socket engine's settings; its origins are taken from `config`.
    pub engine: engine::Config,
    /// The keys of access tokens.
    pub keys: Keyring,
    /// The web client.
    pub site: Site,
}

/// A gateway that serves. It must be [stopped](Gateway::stop); dropped, it leaves its tasks running.
pub struct Gateway {
    address: SocketAddr,
    linger: Duration,
    health: Health,
    authenticator: Authenticator,
    realtime: Realtime,
    engine: Engine,
    serving: TaskTracker,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Gateway {
    /// Serves on `listener` from now on; its metrics are in `registry`.
    ///
    /// # Errors
    /// When the settings are impossible or the fan-out cannot be joined.
    pub async fn start(
        settings: Settings,
        ports: Ports,
        listener: TcpListener,
        registry: &mut Registry,
    ) -> Result<Self> {
        let address = listener.local_addr().map_err(unusable)?;
        let config = Arc::new(settings.config);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());

        // Who asks, and how often.
        let limits = Limits::new(ports.limits.clone(), config.limits.clone());
        let authenticator =
            Authenticator::new(settings.keys, ports.accounts.clone(), ports.clock.clone(), &config.auth);
        let accounts = Accounts::new(&ports, limits.clone(), authenticator.clone(), &config.auth)?;
        let accounts = Arc::new(accounts);

        // What one can do, and the live side of it.
        let metrics = Metrics::register(registry);
        let chat = Chat::new(
            settings.name,
            ports.clone(),
            config.clone(),
            metrics.clone(),
            &tasks,
            &stop,
        );
        let chat = Arc::new(chat);
        let realtime = Realtime::start(chat.clone(), authenticator.clone(), &tasks, &stop).await?;
        let engine = Engine::new(realtime.clone(), engine_config(settings.engine, &config));

        // How it is seen from outside.
        let health = Health::new(ports);
        registry.register_collector(Box::new(readings(&engine, &accounts)));
        let api = Api {
            chat,
            accounts,
            authenticator: authenticator.clone(),
            limits,
            config: config.clone(),
            metrics,
            health: health.clone(),
        };
        let router = rest::router(api, settings.site);

        let (serving, shutdown) = (TaskTracker::new(), CancellationToken::new());
        serving.spawn(Server::new(listener, router, engine.clone()).run(shutdown.clone()));
        Ok(Self {
            address,
            linger: config.http.linger,
            health,
            authenticator,
            realtime,
            engine,
            serving,
            shutdown,
            tasks,
            stop,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it is, for the admin port.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Signs and verifies access tokens with other keys from now on.
    pub fn exchange_keys(&self, keys: Keyring) {
        self.authenticator.exchange_keys(keys);
    }

    /// Leaves in order: no more readiness, then no new sockets and the open ones asked to move, then no more requests,
    /// then what is still in the tasks' hands is written.
    pub async fn stop(self) {
        self.health.drain();
        tokio::time::sleep(self.linger).await;
        self.realtime.drain(&self.engine).await;
        self.shutdown.cancel();
        self.serving.close();
        self.serving.wait().await;
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(FLUSH, self.tasks.wait()).await.is_err() {
            tracing::error!(tasks = self.tasks.len(), "tasks of the gateway did not end in time");
        }
    }
}

fn engine_config(base: engine::Config, config: &Config) -> engine::Config {
    Realtime::engine_config(engine::Config {
        allowed_origins: config.http.origins.listed().map(<[String]>::to_vec),
        ..base
    })
}

fn readings(engine: &Engine, accounts: &Arc<Accounts>) -> Readings {
    let accounts = accounts.clone();
    Readings {
        engine: engine.metrics().clone(),
        pending_hashes: Box::new(move || accounts.pending_hashes()),
    }
}

fn unusable(error: io::Error) -> Error {
    Error::new(ErrorKind::Invalid, "gateway.start", error)
}
