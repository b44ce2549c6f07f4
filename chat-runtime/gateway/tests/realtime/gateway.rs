//! Gateways as they really run, over the embedded adapters and a worker.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::Router;
use prometheus_client::registry::Registry;
use talkline_core::{
    id::{ConversationId, UserId},
    port::{FanOut, Presence, Recent, Store},
    time::Timestamp,
    user::Email,
};
use talkline_embedded::{Embedded, Options};
use talkline_gateway::{
    auth::{self, Authenticator, Grant, Identity, Keyring, Registration},
    chat::Chat,
    clock::{Clock, SystemClock},
    config::{Config, Hashing},
    engine::{self, Engine, Server},
    limits::Limits,
    metrics::Metrics,
    ports::Ports,
    realtime::Realtime,
};
use talkline_worker::{Kept, Retention, Worker};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::client::Client;

/// A machine's worth of adapters, and a worker.
pub(crate) struct Backend {
    embedded: Embedded,
    keys: String,
    next: AtomicU64,
    stop: CancellationToken,
    _dir: TempDir,
}

/// A running gateway; it stops when the test ends.
pub(crate) struct Gateway {
    pub(crate) addr: SocketAddr,
    pub(crate) chat: Arc<Chat>,
    pub(crate) realtime: Realtime,
    pub(crate) engine: Engine,
    pub(crate) accounts: auth::Accounts,
    pub(crate) authenticator: Authenticator,
    pub(crate) clock: Arc<Shifted>,
    stop: CancellationToken,
}

/// Somebody who is registered.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) grant: Grant,
    pub(crate) identity: Identity,
}

/// The machine's clock, which a test can set forward.
#[derive(Default)]
pub(crate) struct Shifted(AtomicI64);

impl Shifted {
    pub(crate) fn forward(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as i64, Ordering::Relaxed);
    }
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.0.load(Ordering::Relaxed))
    }
}

/// Settings for tests: cheap passwords, no limits, comparisons often.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.auth.hashing = Hashing {
        memory_kib: 8,
        passes: 1,
        ..Hashing::default()
    };
    for quota in [
        &mut config.limits.api,
        &mut config.limits.auth,
        &mut config.limits.messages,
        &mut config.limits.events,
        &mut config.limits.reactions,
    ] {
        quota.permits = 0;
    }
    config.limits.sockets_per_user = 0;
    config.realtime.heads_interval = Duration::from_millis(500);
    config
}

impl Backend {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let embedded = Embedded::open(dir.path(), Options::default()).await.expect("opens");
        Self {
            embedded,
            keys: Keyring::generate().expect("keys"),
            next: AtomicU64::new(1),
            stop: CancellationToken::new(),
            _dir: dir,
        }
    }

    /// The same with a worker that tells its events to the embedded fan-out.
    pub(crate) async fn working() -> Self {
        let backend = Self::start().await;
        backend.work(backend.embedded.fan_out());
        backend
    }

    /// Starts a worker that tells its events to `fan_out`.
    pub(crate) fn work(&self, fan_out: Arc<dyn FanOut>) {
        self.work_with(fan_out, self.recent());
    }

    /// The same, with a cache of newest messages of its own.
    pub(crate) fn work_with(&self, fan_out: Arc<dyn FanOut>, recent: Arc<dyn Recent>) {
        let ports = talkline_worker::Ports {
            log: self.embedded.log(),
            store: self.embedded.store(),
            fan_out,
            tracer: Default::default(),
            recent,
        };
        let worker = Worker::new(
            Default::default(),
            ports,
            talkline_worker::Metrics::register(&mut Registry::default()),
        );
        tokio::spawn(worker.run(self.stop.clone()));
    }

    /// Starts to let messages expire that are older than this, and looks for them all the time, until it is cancelled.
    pub(crate) fn keep_messages_for(&self, time: Duration) -> CancellationToken {
        let ports = talkline_worker::Ports {
            log: self.embedded.log(),
            store: self.embedded.store(),
            fan_out: self.embedded.fan_out(),
            tracer: Default::default(),
            recent: self.embedded.recent(),
        };
        let kept = Kept {
            messages: Some(time),
            every: Duration::from_millis(50),
            ..Kept::default()
        };
        let metrics = talkline_worker::Metrics::register(&mut Registry::default());
        let stop = self.stop.child_token();
        tokio::spawn(Retention::new(kept, &ports, Arc::new(SystemClock), metrics).run(stop.clone()));
        stop
    }

    pub(crate) fn fan_out(&self) -> Arc<dyn FanOut> {
        self.embedded.fan_out()
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        self.embedded.store()
    }

    pub(crate) fn recent(&self) -> Arc<dyn Recent> {
        self.embedded.recent()
    }

    pub(crate) fn presence(&self) -> Arc<dyn Presence> {
        self.embedded.presence()
    }

    pub(crate) async fn gateway(&self, config: Config) -> Gateway {
        self.gateway_with(config, |_| {}).await
    }

    /// A gateway with a fan-out of its own.
    pub(crate) async fn gateway_on(&self, config: Config, fan_out: Arc<dyn FanOut>) -> Gateway {
        self.gateway_with(config, |ports| ports.fan_out = fan_out).await
    }

    /// A gateway with ports of its own.
    pub(crate) async fn gateway_with(&self, config: Config, change: impl FnOnce(&mut Ports)) -> Gateway {
        let clock = Arc::new(Shifted::default());
        let mut ports = Ports {
            log: self.embedded.log(),
            store: self.embedded.store(),
            search: self.embedded.search(),
            accounts: self.embedded.accounts(),
            fan_out: self.embedded.fan_out(),
            limits: self.embedded.limits(),
            presence: self.embedded.presence(),
            recent: self.embedded.recent(),
            clock: clock.clone(),
            tracer: Default::default(),
        };
        change(&mut ports);
        let keys = Keyring::parse(&self.keys).expect("keys");
        let authenticator = Authenticator::new(keys, ports.accounts.clone(), ports.clock.clone(), &config.auth);
        let limits = Limits::new(ports.limits.clone(), config.limits.clone());
        let accounts = auth::Accounts::new(&ports, limits, authenticator.clone(), &config.auth).expect("parameters");
        let (tasks, stop) = (TaskTracker::new(), self.stop.child_token());
        let name = format!("gateway-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let chat = Arc::new(Chat::new(
            name,
            ports,
            Arc::new(config),
            Metrics::default(),
            &tasks,
            &stop,
        ));
        let realtime = Realtime::start(chat.clone(), authenticator.clone(), &tasks, &stop)
            .await
            .expect("joins");
        let engine = Engine::new(realtime.clone(), Realtime::engine_config(engine::Config::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("bound");
        tokio::spawn(Server::new(listener, Router::new(), engine.clone()).run(stop.clone()));
        Gateway {
            addr,
            chat,
            realtime,
            engine,
            accounts,
            authenticator,
            clock,
            stop,
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Gateway {
    pub(crate) async fn register(&self, name: &str) -> Person {
        let registration = Registration {
            email: Email::try_from(format!("{name}@example.org")).expect("an address"),
            password: "correct horse".to_owned(),
            name: name.to_owned(),
        };
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let grant = self.accounts.register(registration, client).await.expect("registered");
        Person {
            id: grant.user.id,
            identity: self.authenticator.verify(&grant.access_token).await.expect("verified"),
            grant,
        }
    }

    /// Logs in once more.
    pub(crate) async fn login(&self, person: &Person) -> Grant {
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let email = person.grant.user.email.clone();
        self.accounts
            .login(email, "correct horse".to_owned(), client)
            .await
            .expect("logged in")
    }

    pub(crate) async fn connect(&self, person: &Person) -> Client {
        Client::connect(self.addr, &person.grant.access_token).await
    }

    pub(crate) async fn direct(&self, one: &Person, other: &Person) -> ConversationId {
        let created = self.chat.create_direct(&one.identity, other.id).await.expect("created");
        created.conversation
    }

    pub(crate) async fn group(&self, admin: &Person, members: &[&Person]) -> ConversationId {
        let members = members.iter().map(|person| person.id).collect();
        let created = self.chat.create_group(&admin.identity, "group", members, None).await;
        created.expect("created").conversation
    }
}
