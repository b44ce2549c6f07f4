//! Two gateways and two workers on real servers, with topics, a database and keys of their own.

use std::{fs, net::SocketAddr, process::ExitStatus};

use anyhow::{Result, bail, ensure};
use talkline_e2e::{Process, Servers, eventually};
use tempfile::TempDir;

pub(crate) const PARTITIONS: usize = 4;

/// The processes; killed when they are dropped.
pub(crate) struct Cluster {
    pub(crate) gateways: Vec<Role>,
    pub(crate) workers: Vec<Role>,
    _folder: TempDir,
}

/// A gateway or a worker that is up.
pub(crate) struct Role {
    pub(crate) process: Process,
    pub(crate) admin: SocketAddr,
    /// Where clients connect; of a worker the same as `admin`.
    pub(crate) public: SocketAddr,
}

impl Cluster {
    /// Starts them, and waits until they are up.
    pub(crate) async fn start(servers: &Servers) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let keys = folder.path().join("keys.json");
        let mut made = Process::start(["keys"])?;
        ensure!(made.ended().await?.success(), "{}", made.stderr()?);
        fs::write(&keys, made.stdout()?)?;
        let settings = folder.path().join("talkline.yaml");
        fs::write(&settings, settings_of(servers, &keys.display().to_string())?)?;
        let settings = settings.display().to_string();

        let worker = ["worker", "--config", &settings, "--admin", "127.0.0.1:0"];
        let gateway = [
            "gateway",
            "--config",
            &settings,
            "--admin",
            "127.0.0.1:0",
            "--listen",
            "127.0.0.1:0",
        ];
        // The first one makes the topics.
        let workers = vec![Role::start(&worker).await?, Role::start(&worker).await?];
        let gateways = vec![Role::start(&gateway).await?, Role::start(&gateway).await?];
        Ok(Self {
            gateways,
            workers,
            _folder: folder,
        })
    }

    /// Stops what still runs: gateways, then workers. All of them must end well.
    pub(crate) async fn stop(self) -> Result<()> {
        for role in self.gateways.into_iter().chain(self.workers) {
            let status = role.stop().await?;
            ensure!(status.success(), "{status}");
        }
        Ok(())
    }
}

impl Role {
    async fn start(arguments: &[&str]) -> Result<Self> {
        let mut process = Process::start(arguments)?;
        let (admin, public) = eventually("a role is up", async || {
            let text = process.stdout()?;
            let addresses = text
                .split("http://")
                .skip(1)
                .filter_map(|rest| rest.split(['/', '\n']).next());
            let addresses = addresses.map(str::parse).collect::<Result<Vec<SocketAddr>, _>>()?;
            match (text.contains(" is up"), &addresses[..]) {
                (true, [admin, .., public]) => Ok(Some((*admin, *public))),
                (true, [admin]) => Ok(Some((*admin, *admin))),
                _ if process.has_ended()? => bail!("it did not start: {}", process.stderr()?),
                _ => Ok(None),
            }
        })
        .await?;
        Ok(Self { process, admin, public })
    }

    /// SIGTERM; returns when it has ended, and with what.
    pub(crate) async fn stop(mut self) -> Result<ExitStatus> {
        self.process.terminate()?;
        self.process.ended().await
    }
}

fn settings_of(servers: &Servers, keys: &str) -> Result<String> {
    let own = format!("roles-{:08x}", rand::random::<u32>());
    let (kafka, mongo, redis) = (servers.kafka()?, servers.mongo()?, servers.redis()?);
    let (brokers, mode) = (
        kafka.replace(',', "\", \""),
        if redis.contains(',') { "Cluster" } else { "Standalone" },
    );
    let copies = if kafka.contains(',') { 3 } else { 1 };
    Ok(format!(
        "jwtKeys: {keys:?}
kafka:
  brokers: [\"{brokers}\"]
  topicPrefix: {own}.
  partitions: {PARTITIONS}
  replicationFactor: {copies}
  minInSyncReplicas: {}
  sessionTimeoutSeconds: 6
mongo: {{ url: {mongo:?}, database: {own} }}
redis: {{ url: {redis:?}, mode: {mode}, keyPrefix: \"{own}:\" }}
sockets: {{ maxPerReplica: 1000 }}
drain: {{ acceptSeconds: 0, maxSeconds: 20 }}
auth: {{ password: {{ hash: {{ memoryKib: 8192, iterations: 1 }} }} }}
limits: {{ messagesPerMinute: 0, socketEventsPerMinute: 0, apiRequestsPerMinute: 0 }}
logs: {{ format: Text }}
",
        (copies + 1) / 2
    ))
}
