//! The ports of one process: its own file and memory, or servers in their place.

use std::sync::Arc;

use prometheus_client::registry::Registry;
use talkline_core::offset::Partition;
use talkline_embedded::{Embedded, Options};
use talkline_gateway::{Ports, clock::SystemClock};

use super::folder::Folder;
use crate::{
    cluster::{Cluster, LogFacts},
    config::Servers,
    failure::Failure,
    patience::Patience,
    telemetry::Traces,
};

/// Opens the folder, and connects to the servers that were named. Both have as many partitions as the log.
pub(super) async fn open(
    folder: &Folder,
    servers: Servers,
    patience: Patience,
    registry: &mut Registry,
) -> Result<(Embedded, Arc<Cluster>), Failure> {
    // A store's marks are of one log: by another one's, records would count as done that nobody has seen. A database keeps
    // itself to its log.
    if servers.mongo.is_none() {
        let log = |kafka: &talkline_cluster::kafka::Config| format!("kafka {}", kafka.topic_prefix);
        folder.belongs_to(&servers.kafka.as_ref().map_or("sqlite".to_owned(), log))?;
    }
    let cluster = Cluster::log(servers.kafka, patience, registry).await?;
    let kafka = cluster.facts().await?;
    let embedded = embedded(folder, kafka.as_ref().map(|log| log.partitions)).await?;
    let own = || {
        Ok(LogFacts {
            partitions: embedded.log().partitions(),
            identity: folder.log()?,
        })
    };
    let log = kafka.map_or_else(own, Ok)?;
    let cluster = cluster
        .and(servers.mongo, servers.redis, log, patience, registry)
        .await?;
    Ok((embedded, Arc::new(cluster)))
}

/// The ports of the folder and of memory.
pub(super) fn of(embedded: &Embedded, traces: &Traces) -> Ports {
    Ports {
        log: embedded.log(),
        store: embedded.store(),
        search: embedded.search(),
        accounts: embedded.accounts(),
        fan_out: embedded.fan_out(),
        limits: embedded.limits(),
        presence: embedded.presence(),
        recent: embedded.recent(),
        clock: Arc::new(SystemClock),
        tracer: traces.tracer(),
    }
}

/// The folder, with so many partitions if another log says so.
async fn embedded(folder: &Folder, partitions: Option<Partition>) -> Result<Embedded, Failure> {
    let default = Options::default();
    let options = Options {
        partitions: partitions.unwrap_or(default.partitions),
        ..default
    };
    let embedded = Embedded::open(folder.path(), options).await.map_err(Failure::usage)?;
    let own = embedded.log().partitions();
    match partitions.filter(|wanted| *wanted != own) {
        None => Ok(embedded),
        Some(wanted) => {
            embedded.close().await;
            Err(Failure::usage(format_args!(
                "the log has {wanted} partitions and {} has {own}: choose another folder with --data",
                folder.path().display()
            )))
        }
    }
}
