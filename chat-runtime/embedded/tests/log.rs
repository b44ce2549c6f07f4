//! What is this log's own beyond the law: who gets which partition, and what is deleted.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use talkline_core::{
    id::ConversationId,
    offset::{Offset, Partition},
    port::{Assignments, PartitionReader},
};
use talkline_embedded::{Embedded, Options};
use tokio::task::JoinSet;

const KEY: ConversationId = ConversationId::from_bytes([7; 16]);
const DEADLINE: Duration = Duration::from_secs(30);

async fn open(dir: &Path, partitions: Partition) -> Embedded {
    let options = Options {
        partitions,
        ..Options::default()
    };
    Embedded::open(dir, options).await.unwrap()
}

async fn take(worker: &mut Box<dyn Assignments>, count: usize) -> Vec<Box<dyn PartitionReader>> {
    let mut readers = Vec::new();
    while readers.len() < count {
        readers.push(tokio::time::timeout(DEADLINE, worker.next()).await.unwrap().unwrap());
    }
    readers
}

async fn is_taken_away(reader: &mut Box<dyn PartitionReader>) -> bool {
    let batch = tokio::time::timeout(DEADLINE, reader.next_batch(1)).await;
    batch.unwrap().unwrap().is_none() && !reader.is_held()
}

fn partitions(readers: &[Box<dyn PartitionReader>]) -> BTreeSet<Partition> {
    readers.iter().map(|reader| reader.partition()).collect()
}

#[tokio::test]
async fn workers_share_the_partitions() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = open(dir.path(), 4).await;
    let log = embedded.log();
    let mut first = log.join().await.unwrap();
    let mut alone = take(&mut first, 4).await;
    assert_eq!(partitions(&alone), (0..4).collect());

    let mut second = log.join().await.unwrap();
    let of_second = take(&mut second, 2).await;
    let given = partitions(&of_second);
    for reader in alone.iter_mut().filter(|reader| given.contains(&reader.partition())) {
        assert!(
            is_taken_away(reader).await,
            "partition {} has two workers",
            reader.partition()
        );
    }

    drop((second, of_second));
    let again = take(&mut first, 2).await;
    assert_eq!(
        partitions(&again),
        given,
        "what a worker leaves behind goes to who is there"
    );
}

#[tokio::test]
async fn a_quiet_log_is_emptied_too() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = open(dir.path(), 1).await;
    let log = embedded.log();
    let mut reader = take(&mut log.join().await.unwrap(), 1).await.remove(0);
    log.append(KEY, Bytes::from_static(b"private"), None).await.unwrap();
    let (_, last) = log.append(KEY, Bytes::from_static(b"last"), None).await.unwrap();
    // The clock stands only while nobody waits for the writer, whose thread knows nothing of it.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2 * 60 * 60)).await;
    tokio::time::resume();
    reader.commit(last.next()).await.unwrap();
    reader.seek(Offset::ZERO).await.unwrap();
    let batch = reader.next_batch(10).await.unwrap().unwrap();
    assert_eq!(
        batch.len(),
        1,
        "the last one stays: the next one's place follows from it"
    );
    assert_eq!(batch[0].offset, last);
    embedded.close().await;
}

#[tokio::test]
async fn committed_records_are_deleted_and_the_log_goes_on_behind_them() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = open(dir.path(), 1).await;
    let log = embedded.log();
    let mut appends = JoinSet::new();
    for _ in 0..3_000 {
        let log = Arc::clone(&log);
        appends.spawn(async move { log.append(KEY, Bytes::from_static(b"record"), None).await.unwrap().1 });
    }
    let end = appends.join_all().await.into_iter().max().unwrap().next();
    let mut reader = take(&mut log.join().await.unwrap(), 1).await.remove(0);
    reader.commit(Offset::from_raw(1_000)).await.unwrap();
    reader.seek(Offset::ZERO).await.unwrap();
    let batch = reader.next_batch(1).await.unwrap().unwrap();
    assert_eq!(batch[0].offset, Offset::from_raw(1), "a few are not worth a write");
    reader.commit(Offset::from_raw(2_500)).await.unwrap();
    reader.seek(Offset::ZERO).await.unwrap();
    let batch = reader.next_batch(1).await.unwrap().unwrap();
    assert_eq!(batch[0].offset, Offset::from_raw(2_500));
    reader.commit(Offset::from_raw(end.get() + 1_999)).await.unwrap();
    embedded.close().await;

    let embedded = open(dir.path(), 1).await;
    let (_, offset) = embedded
        .log()
        .append(KEY, Bytes::from_static(b"next"), None)
        .await
        .unwrap();
    assert_eq!(offset, end, "a deleted record's place is not given out again");
}
