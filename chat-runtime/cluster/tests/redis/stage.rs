//! Sets of servers, and connections to them under a prefix of their own.

use std::{process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use prometheus_client::registry::Registry;
use talkline_cluster::{
    Credentials, Identity, Secret, Tls,
    redis::{Config, Metrics, Mode, Redis, Sentinel},
};
use talkline_core::{
    event::{Event, EventBody, Signal},
    id::{ConversationId, UserId},
    port::Inbox,
};
use talkline_e2e::Servers;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

/// How long anything may take that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Servers, and where to reach them.
pub(crate) struct Stage {
    servers: Servers,
    own: Option<(TempDir, String)>,
}

impl Stage {
    /// The set that all tests share, if there is one.
    pub(crate) fn shared() -> Result<Option<Self>> {
        let servers = Servers::shared("the tests of Redis")?;
        Ok(servers.map(|servers| Self { servers, own: None }))
    }

    /// A set of one's own, `kind` of `redis=kind`; none where real servers are not to be had.
    pub(crate) fn own(kind: &str) -> Result<Option<Self>> {
        if Servers::shared("the tests of Redis")?.is_none() {
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let members = format!("redis={kind}");
        let servers = Servers::start(folder.path(), &[&members])?;
        let own = Some((folder, members));
        Ok(Some(Self { servers, own }))
    }

    /// Settings for these servers, with a prefix that nobody else has.
    pub(crate) fn config(&self) -> Result<Config> {
        let urls: Vec<_> = self.servers.redis()?.split(',').collect();
        let scheme = urls[0].split(':').next().context("no scheme")?;
        let address = |url: &&str| url.rsplit(['/', '@']).next().unwrap_or_default().to_owned();
        let config = Config {
            mode: match (scheme, urls.len()) {
                ("redis+sentinel", _) => Mode::Sentinel(Sentinel {
                    master_name: "talkline".into(),
                    credentials: None,
                }),
                (_, 1) => Mode::Standalone,
                _ => Mode::Cluster,
            },
            addresses: urls.iter().map(address).collect(),
            key_prefix: format!("talkline:{}:", ConversationId::from_bytes(rand::random())),
            // The machine of a test is busy.
            timeout: Duration::from_secs(2),
            inbox: 1_000,
            ..Config::default()
        };
        if scheme == "rediss" {
            self.secured(config)
        } else {
            Ok(config)
        }
    }

    fn secured(&self, config: Config) -> Result<Config> {
        let (folder, _) = self.own.as_ref().context("a secured set is one's own")?;
        let file = |name: &str| folder.path().join("redis-1").join(name);
        Ok(Config {
            credentials: Some(Credentials {
                username: "talkline".into(),
                password: Secret::new("sesame"),
            }),
            tls: Some(Tls {
                ca: Some(file("ca.crt")),
                identity: Some(Identity {
                    certificate: file("client.crt"),
                    key: file("client.key"),
                }),
            }),
            ..config
        })
    }

    pub(crate) async fn redis(&self) -> Result<Redis> {
        connect(&self.config()?).await
    }

    /// A plain connection to the first server.
    pub(crate) async fn raw(&self) -> Result<redis::aio::MultiplexedConnection> {
        self.raw_at(&self.config()?.addresses[0]).await
    }

    pub(crate) async fn raw_at(&self, address: &str) -> Result<redis::aio::MultiplexedConnection> {
        let client = redis::Client::open(format!("redis://{address}"))?;
        Ok(client.get_multiplexed_async_connection().await?)
    }

    pub(crate) fn signal(&self, member: &str, signal: &str) -> Result<()> {
        let pid = self.servers.pid(member)?.to_string();
        let status = Command::new("kill").args([&format!("-{signal}"), &pid]).status()?;
        ensure!(status.success(), "kill -{signal} {member}");
        Ok(())
    }

    /// Starts what was killed.
    pub(crate) fn restart(&self) -> Result<()> {
        let (folder, members) = self.own.as_ref().context("only one's own set can be restarted")?;
        Servers::start(folder.path(), &[members]).map(drop)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.own.is_some()
            && let Err(error) = self.servers.stop()
        {
            eprintln!("the servers were not stopped: {error}");
        }
    }
}

pub(crate) async fn connect(config: &Config) -> Result<Redis> {
    Ok(Redis::connect(config, Metrics::register(&mut Registry::default())).await?)
}

/// Somebody types in `conversation`: each time another signal.
pub(crate) fn typing(conversation: ConversationId) -> Signal {
    let user = UserId::from_bytes(rand::random());
    Signal::Conversation(Event::passing(conversation, EventBody::Typing { user, typing: true }))
}

pub(crate) fn conversation() -> ConversationId {
    ConversationId::from_bytes(rand::random())
}

/// The next of an inbox, in good time.
pub(crate) async fn next(inbox: &mut dyn Inbox) -> Result<Option<Signal>> {
    Ok(timeout(PATIENCE, inbox.next()).await.context("nothing comes")??)
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < end, "never: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
