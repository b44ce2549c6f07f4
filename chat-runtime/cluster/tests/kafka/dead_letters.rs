//! What could not be understood: the law of its port on a real topic, and what only one has.

use bytes::Bytes;
use prometheus_client::registry::Registry;
use talkline_cluster::kafka::{Kafka, Metrics};
use talkline_core::{
    ErrorKind,
    offset::Offset,
    port::{DeadLetter, LogRecord},
    suite,
};

use super::world::{brokers, config, connect, key_of, next, read};

#[tokio::test]
async fn they_keep_the_law() {
    let Some(brokers) = brokers("the law of dead letters on Kafka") else {
        return;
    };
    let kafka = connect(&config(brokers, 3)).await;
    suite::dead_letters::dead_letters(&*kafka.log(), &*kafka.dead_letters()).await;
    kafka.close().await.unwrap();
}

#[tokio::test]
async fn one_is_replayed_where_workers_read_it() {
    let Some(brokers) = brokers("dead letters on Kafka") else {
        return;
    };
    let kafka = connect(&config(brokers, 3)).await;
    let payload = Bytes::from_static(b"\xff no record");
    let (partition, offset) = kafka.log().append(key_of(2, 3), payload.clone(), None).await.unwrap();
    let record = LogRecord {
        offset,
        payload: payload.clone(),
        trace: None,
    };
    kafka.log().bury(partition, &record, "not understood").await.unwrap();
    let letters = kafka.dead_letters().list((0, Offset::ZERO), 1).await.unwrap();
    let (at, again) = kafka.dead_letters().replay(&letters[0]).await.unwrap();
    assert_eq!(at, partition);
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = loop {
        let reader = next(&mut assignments).await;
        if reader.partition() == partition {
            break reader;
        }
    };
    reader.seek(again).await.unwrap();
    assert_eq!(read(&mut reader, 1).await[0].payload, payload);
    let elsewhere = DeadLetter {
        partition: 3,
        ..letters[0].clone()
    };
    let error = kafka.dead_letters().replay(&elsewhere).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    drop((reader, assignments));
    kafka.close().await.unwrap();
}

#[tokio::test]
async fn a_visitor_makes_no_topics() {
    let Some(brokers) = brokers("visits to Kafka") else {
        return;
    };
    let config = config(brokers, 1);
    let visit = || Kafka::visit(&config, Metrics::register(&mut Registry::default()));
    for _ in 0..2 {
        let error = visit().await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("chat.dead"), "{error}");
    }
    connect(&config).await.close().await.unwrap();
    visit().await.unwrap().close().await.unwrap();
}
