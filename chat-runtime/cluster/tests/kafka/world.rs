//! What the tests share: the servers, a log of one's own on them, and waiting with a deadline.

use std::time::Duration;

use bytes::Bytes;
use prometheus_client::registry::Registry;
use talkline_cluster::kafka::{Config, Kafka, Metrics};
use talkline_core::{
    id::ConversationId,
    offset::{Offset, Partition, partition_of},
    port::{Assignments, Log, LogRecord, PartitionReader},
};
use talkline_e2e::Servers;

const DEADLINE: Duration = Duration::from_secs(60);

/// The shared brokers; none where there are none.
pub(crate) fn brokers(tests: &str) -> Option<Vec<String>> {
    let servers = Servers::shared(tests).unwrap()?;
    Some(addresses(&servers))
}

/// A set of one broker that a test may break. It goes with the test, also with one that fails.
pub(crate) struct OwnBroker {
    folder: tempfile::TempDir,
    member: &'static str,
    pub(crate) servers: Servers,
}

impl OwnBroker {
    /// Starts `member`, such as `kafka=1`.
    pub(crate) fn start(member: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let servers = Servers::start(folder.path(), &[member]).unwrap();
        Self {
            folder,
            member,
            servers,
        }
    }

    /// After it was killed, with its data.
    pub(crate) fn start_again(&self) {
        Servers::start(self.folder.path(), &[self.member]).unwrap();
    }

    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.servers.pid("kafka-1").unwrap().to_string();
        let sent = tokio::process::Command::new("kill")
            .args(["-s", name, &pid])
            .status()
            .await;
        assert!(sent.unwrap().success());
        if name == "STOP" {
            within("it stands still", stands_still(&pid)).await;
        }
    }
}

/// A signal is sent at once and takes effect when the process runs next.
async fn stands_still(pid: &str) {
    let stat = format!("/proc/{pid}/stat");
    while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
        tokio::task::yield_now().await;
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        if let Err(error) = self.servers.stop() {
            eprintln!("a broker was left behind: {error}");
        }
    }
}

pub(crate) fn addresses(servers: &Servers) -> Vec<String> {
    servers.kafka().unwrap().split(',').map(str::to_owned).collect()
}

/// A log that nobody else uses, on one broker.
pub(crate) fn config(brokers: Vec<String>, partitions: u32) -> Config {
    Config {
        brokers,
        topic_prefix: format!("test-{:016x}.", rand::random::<u64>()),
        partitions: Some(partitions),
        replication: 1,
        min_in_sync: 1,
        // The least that a broker takes.
        session_timeout: Duration::from_secs(6),
        ..Config::default()
    }
}

pub(crate) async fn connect(config: &Config) -> Kafka {
    let metrics = Metrics::register(&mut Registry::default());
    within("Kafka is reached", Kafka::connect(config, metrics))
        .await
        .unwrap()
}

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(DEADLINE, future).await;
    outcome.unwrap_or_else(|_| panic!("{what}: not within {DEADLINE:?}"))
}

/// A conversation whose records go to `partition`.
pub(crate) fn key_of(partition: Partition, partitions: Partition) -> ConversationId {
    loop {
        let key = ConversationId::from_bytes(rand::random());
        if partition_of(&key, partitions) == partition {
            return key;
        }
    }
}

/// Appends `count` records, each with its number, and returns their places.
pub(crate) async fn append(log: &dyn Log, key: ConversationId, count: u32) -> Vec<Offset> {
    let mut offsets = Vec::new();
    for number in 0..count {
        let payload = Bytes::from(number.to_string());
        let (_, offset) = within("an append is acknowledged", log.append(key, payload, None))
            .await
            .unwrap();
        offsets.push(offset);
    }
    offsets
}

pub(crate) async fn next(assignments: &mut Box<dyn Assignments>) -> Box<dyn PartitionReader> {
    within("a partition is given", assignments.next()).await.unwrap()
}

/// The next `count` records.
pub(crate) async fn read(reader: &mut Box<dyn PartitionReader>, count: usize) -> Vec<LogRecord> {
    let mut records = Vec::new();
    while records.len() < count {
        let batch = within("there are records", reader.next_batch(count - records.len())).await;
        records.extend(batch.unwrap().expect("the partition is still held"));
    }
    records
}
