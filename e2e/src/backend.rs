//! What the chat under test stands on. `TALKLINE_BACKEND` says it for a whole test run, so that the same tests run over each.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    path::Path,
};

use anyhow::{Result, bail};
use tempfile::TempDir;

use crate::{Cluster, Environment, Launch, Program, Servers};

/// What is under the gateways and workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// One process on a file and memory.
    Embedded,
    /// One process on a file, and Redis for what is otherwise in memory.
    Redis,
    /// One process on Kafka, MongoDB and Redis.
    Servers,
    /// A gateway and a worker, each a process of its own, on the same.
    Cluster,
}

impl Backend {
    /// The one of this test run.
    ///
    /// # Errors
    /// When there is none of the name.
    pub fn of_this_run() -> Result<Self> {
        match std::env::var("TALKLINE_BACKEND").as_deref() {
            Err(_) | Ok("" | "embedded") => Ok(Self::Embedded),
            Ok("redis") => Ok(Self::Redis),
            Ok("servers") => Ok(Self::Servers),
            Ok("cluster") => Ok(Self::Cluster),
            Ok(other) => bail!("TALKLINE_BACKEND is embedded, redis, servers or cluster, and not {other}"),
        }
    }

    /// What one process is told of it, if its data lies in `data`: what it has on servers belongs to that folder.
    pub(crate) fn environment(self, data: &Path) -> Result<Environment> {
        let Some(servers) = self.servers()? else {
            return Ok(Environment::new());
        };
        let mut hasher = DefaultHasher::new();
        data.hash(&mut hasher);
        let id = format!("e2e-{:016x}", hasher.finish());
        match self {
            Self::Redis => servers.redis_environment(&id),
            _ => servers.environment(&id),
        }
    }

    fn servers(self) -> Result<Option<Servers>> {
        match self {
            Self::Embedded => Ok(None),
            _ => Servers::shared("tests over real servers"),
        }
    }
}

/// A chat that runs, for tests that only talk with it.
pub enum Chat {
    /// One process, and its data.
    One(Program, TempDir),
    /// A gateway and a worker.
    Many(Cluster),
}

impl Chat {
    /// Starts one without limits, over what this test run is over.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start() -> Result<Self> {
        let backend = Backend::of_this_run()?;
        match backend.servers()?.filter(|_| backend == Backend::Cluster) {
            Some(servers) => Ok(Self::Many(Cluster::start(&servers, 1, 1).await?)),
            None => {
                let data = tempfile::tempdir()?;
                let program = Program::start(&Launch::example("loadtest", data.path())).await?;
                Ok(Self::One(program, data))
            }
        }
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::One(program, _) => program.public(),
            Self::Many(cluster) => cluster.gateways[0].public(),
        }
    }
}
