//! A look at one server: whether anybody is there, one's turn, a client of one's own, and a deadline around all of it.

use std::{io, time::Duration};

use talkline_cluster::{LogIdentity, Tls, kafka, mongo, provision::Report, redis};
use tokio::time::timeout;

use super::{Access, Finding, access::Server, pem::Files, turns::Turns};
use crate::dependencies::Dependencies;

/// How long a look at each may take: there are some requests to Kafka and Redis, and an index over a large collection.
pub(super) const KAFKA: Duration = Duration::from_secs(45);
pub(super) const REDIS: Duration = Duration::from_secs(20);
pub(super) const MONGO: Duration = Duration::from_secs(20 * 60);

/// What a look came to.
pub(super) struct Look {
    pub(super) finding: Finding,
    /// What was made or set right.
    pub(super) done: Vec<String>,
}

/// What a look at the log came to.
pub(super) struct Log {
    pub(super) look: Look,
    /// Partitions that the commands' topic had before.
    pub(super) partitions: Option<u32>,
    /// Which log it is.
    pub(super) identity: Option<LogIdentity>,
}

/// What looks of all ChatClusters share.
#[derive(Default)]
pub(super) struct Street {
    dependencies: Dependencies,
    turns: Turns,
}

impl Street {
    pub(super) async fn kafka(&self, access: &Access) -> Log {
        let Server { config, policy, .. } = &access.kafka;
        let looked = self.visit("Kafka", &access.kafka, KAFKA, async |tls| {
            let config = kafka::Config { tls, ..config.clone() };
            let looked = kafka::provision(&config, *policy).await;
            looked.map_err(|error| Finding::failed(&error, error.is_retryable()))
        });
        let (partitions, identity, report) = match looked.await {
            Ok(found) => (found.partitions, Some(found.identity), Ok(found.report)),
            Err(finding) => (None, None, Err(finding)),
        };
        Log {
            look: Look::of(report),
            partitions,
            identity,
        }
    }

    pub(super) async fn redis(&self, access: &Access) -> Look {
        let Server { config, policy, .. } = &access.redis;
        let looked = self.visit("Redis", &access.redis, REDIS, async |tls| {
            let config = redis::Config { tls, ..config.clone() };
            let looked = redis::provision(&config, *policy).await;
            looked.map_err(|error| Finding::failed(&error, error.is_retryable()))
        });
        Look::of(looked.await)
    }

    pub(super) async fn mongo(&self, access: &Access, log: Option<&LogIdentity>) -> Look {
        let Server { config, policy, .. } = &access.mongo;
        let looked = self.visit("MongoDB", &access.mongo, MONGO, async |tls| {
            let config = mongo::Config { tls, ..config.clone() };
            let looked = mongo::provision(&config, log, access.sharded, *policy).await;
            looked.map_err(|error| Finding::failed(&error, error.is_retryable()))
        });
        Look::of(looked.await)
    }

    /// Does something with a server where one accepts connections, alone and within a deadline.
    pub(super) async fn visit<C, T>(
        &self,
        name: &str,
        server: &Server<C>,
        deadline: Duration,
        work: impl AsyncFnOnce(Option<Tls>) -> Result<T, Finding>,
    ) -> Result<T, Finding> {
        if !server.addresses.is_empty() {
            self.dependencies
                .answers(&server.addresses)
                .await
                .map_err(Finding::Silent)?;
        }
        let _turn = self.turns.take(&format!("{name} {}", server.addresses.join(","))).await;
        let unwritable =
            |error: io::Error| Finding::Refuses(format!("its certificates cannot be written down: {error}"));
        let files = server.pem.as_ref().map(Files::write).transpose().map_err(unwritable)?;
        let late = |_| Finding::Silent(format!("{name}: no end in {} s", deadline.as_secs()));
        timeout(deadline, work(files.as_ref().map(Files::tls)))
            .await
            .map_err(late)?
    }
}

impl Look {
    fn of(report: Result<Report, Finding>) -> Self {
        match report {
            Ok(mut report) => Self {
                done: std::mem::take(&mut report.done),
                finding: Finding::seen(report),
            },
            Err(finding) => Self {
                done: Vec::new(),
                finding,
            },
        }
    }
}
