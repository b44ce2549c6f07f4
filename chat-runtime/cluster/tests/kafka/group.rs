//! Workers that come, go, and stand still.

use std::collections::BTreeSet;

use talkline_core::{
    offset::{Offset, Partition},
    port::{Assignments, PartitionReader},
};

use super::world::{append, brokers, config, connect, key_of, next, read, within};

const TESTS: &str = "the workers' group on Kafka";
const PARTITIONS: u32 = 4;

type Readers = Vec<Box<dyn PartitionReader>>;

fn partitions(readers: &Readers) -> BTreeSet<Partition> {
    readers.iter().map(|reader| reader.partition()).collect()
}

async fn take(assignments: &mut Box<dyn Assignments>, count: usize) -> Readers {
    let mut readers = Vec::new();
    while readers.len() < count {
        let mut reader = next(assignments).await;
        reader.seek(Offset::ZERO).await.unwrap();
        readers.push(reader);
    }
    readers
}

/// Waits until `gone` of `readers` have ended, whichever they are.
async fn ended(readers: &mut Readers, gone: usize) {
    let mut left = BTreeSet::new();
    let until = async {
        while left.len() < gone {
            for reader in readers.iter_mut() {
                let now = std::time::Duration::from_millis(20);
                if let Ok(batch) = tokio::time::timeout(now, reader.next_batch(100)).await
                    && batch.unwrap().is_none()
                {
                    assert!(!reader.is_held());
                    left.insert(reader.partition());
                }
            }
        }
    };
    within("partitions are taken away", until).await;
    readers.retain(|reader| !left.contains(&reader.partition()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_share_the_partitions_and_everything_is_read() {
    let Some(brokers) = brokers(TESTS) else { return };
    let kafka = connect(&config(brokers, PARTITIONS)).await;
    let log = kafka.log();
    for partition in 0..PARTITIONS {
        append(&*log, key_of(partition, PARTITIONS), 10).await;
    }
    let mut first = log.join().await.unwrap();
    let mut all = take(&mut first, 4).await;
    let mut second = log.join().await.unwrap();
    // Nobody reads the partitions that move: that must not hold the group up.
    let mut its = take(&mut second, 2).await;
    ended(&mut all, 2).await;
    assert_eq!(&partitions(&all) | &partitions(&its), (0..PARTITIONS).collect());
    for reader in all.iter_mut().chain(its.iter_mut()) {
        reader.seek(Offset::ZERO).await.unwrap();
        assert_eq!(read(reader, 10).await.len(), 10);
        reader.commit(Offset::new(0, 10)).await.unwrap();
    }
    // The second one leaves, and the first one gets the partitions back.
    drop((second, its));
    all.extend(take(&mut first, 2).await);
    assert_eq!(partitions(&all), (0..PARTITIONS).collect());
    for reader in &mut all {
        reader.seek(Offset::ZERO).await.unwrap();
        assert_eq!(read(reader, 10).await.len(), 10);
    }
    kafka.close().await.unwrap();
    ended(&mut all, 4).await;
}

/// The log in a process of its own, which a test can stop and let go on.
#[tokio::test]
#[ignore = "a part of the test below, which starts it"]
async fn a_worker_of_its_own() {
    let brokers = vec![std::env::var("TALKLINE_TEST_BROKER").unwrap()];
    let config = talkline_cluster::kafka::Config {
        topic_prefix: std::env::var("TALKLINE_TEST_PREFIX").unwrap(),
        ..config(brokers, 1)
    };
    let kafka = connect(&config).await;
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = next(&mut assignments).await;
    reader.seek(Offset::ZERO).await.unwrap();
    println!("reading");
    while reader.next_batch(1).await.unwrap().is_some() {}
    println!("taken away");
    drop((reader, assignments));
    kafka.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_stands_still_loses_its_partition_and_learns_of_it() {
    use std::{process::Stdio, time::Duration};
    use tokio::{
        io::{AsyncBufReadExt as _, BufReader},
        process::Command,
    };
    let Some(brokers) = brokers(TESTS) else { return };
    let config = config(brokers, 1);
    let kafka = connect(&config).await;
    append(&*kafka.log(), key_of(0, 1), 3).await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "group::a_worker_of_its_own", "--ignored", "--nocapture"])
        .env("TALKLINE_TEST_BROKER", &config.brokers[0])
        .env("TALKLINE_TEST_PREFIX", &config.topic_prefix)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = async |what: &str| {
        let until = async { while !lines.next_line().await.unwrap().expect("it lives").ends_with(what) {} };
        within(what, until).await;
    };
    said("reading").await;
    signal(&child, "STOP").await;
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = next(&mut assignments).await;
    reader.seek(Offset::ZERO).await.unwrap();
    assert_eq!(read(&mut reader, 3).await.len(), 3);
    signal(&child, "CONT").await;
    said("taken away").await;
    // It may have come back and share the work: what matters is that it knew.
    let exit = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
    assert!(exit.unwrap().unwrap().success());
    drop((reader, assignments));
    kafka.close().await.unwrap();
}

async fn signal(child: &tokio::process::Child, name: &str) {
    let pid = child.id().unwrap().to_string();
    let sent = tokio::process::Command::new("kill")
        .args(["-s", name, &pid])
        .status()
        .await;
    assert!(sent.unwrap().success());
}
