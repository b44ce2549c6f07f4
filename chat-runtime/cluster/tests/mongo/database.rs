//! A database of a test's own, on the servers that all share.

use std::time::Duration;

use mongodb::{Client, Database};
use prometheus_client::registry::Registry;
use talkline_cluster::{
    LogIdentity, Secret,
    mongo::{Config, HistoryReads, Metrics, Mongo, provision},
    provision::Policy,
};
use talkline_core::offset::Partition;
use talkline_e2e::Servers;

/// The shared servers' connection string; none where there are none, after saying so.
pub(crate) fn shared() -> Option<String> {
    let servers = Servers::shared("the tests of MongoDB").unwrap()?;
    Some(servers.mongo().unwrap().to_owned())
}

/// The adapters on a database, and the database itself.
pub(crate) struct Own {
    pub(crate) mongo: Mongo,
    pub(crate) raw: Database,
}

/// Settings for a database with a name drawn at random.
pub(crate) fn config(url: &str, partitions: Partition) -> Config {
    Config {
        url: Secret::new(url),
        database: format!("talkline_test_{:016x}", rand::random::<u64>()),
        partitions,
        // Seven test runs may share two cores and a disk.
        timeout: Duration::from_secs(60),
        ..Config::default()
    }
}

/// The log that a database may belong to.
pub(crate) fn log(name: &str) -> LogIdentity {
    LogIdentity {
        name: name.to_owned(),
        generation: 0,
    }
}

pub(crate) async fn connect(config: &Config) -> talkline_core::Result<Mongo> {
    Mongo::connect(config, Metrics::register(&mut Registry::default())).await
}

impl Own {
    pub(crate) async fn new(url: &str, partitions: Partition) -> Self {
        Self::with(url, &config(url, partitions)).await
    }

    /// One whose pages come from a secondary, if there is any.
    pub(crate) async fn with_secondary_reads(url: &str) -> Self {
        let history_reads = HistoryReads::SecondaryPreferred;
        let config = Config {
            history_reads,
            ..config(url, 1)
        };
        Self::with(url, &config).await
    }

    /// One whose collections were sharded before it was connected to.
    pub(crate) async fn sharded(url: &str) -> Self {
        let config = config(url, 1);
        let report = provision(&config, Some(&log("one")), true, Policy::Make).await.unwrap();
        assert!(
            report.done.iter().any(|done| done.contains("was sharded")),
            "{report:?}"
        );
        Self::with(url, &config).await
    }

    async fn with(url: &str, config: &Config) -> Self {
        let raw = Client::with_uri_str(url).await.unwrap().database(&config.database);
        Self {
            mongo: connect(config).await.unwrap(),
            raw,
        }
    }

    /// Leaves nothing behind.
    pub(crate) async fn end(self) {
        self.mongo.close().await;
        self.raw.drop().await.unwrap();
    }
}
