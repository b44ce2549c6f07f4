//! Where reading begins: at the store's mark, or not at all.

use bytes::Bytes;
use talkline_cluster::kafka::{Config, Kafka, commands};
use talkline_core::{ErrorKind, checkpoint::Anchor, offset::Offset, port::PartitionReader};
use talkline_e2e::{Servers, servers::kafka_forget};

use super::world::{addresses, append, brokers, config, connect, key_of, next, read, within};

const TESTS: &str = "marks in the log on Kafka";

/// The error of a first reader that seeks `mark`.
async fn refused(kafka: &Kafka, mark: Offset) -> String {
    let mut assignments = kafka.log().join().await.unwrap();
    let error = next(&mut assignments).await.seek(mark).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_mark_behind_the_end_says_that_the_topic_was_made_anew() {
    let Some(brokers) = brokers(TESTS) else { return };
    let kafka = connect(&config(brokers, 1)).await;
    append(&*kafka.log(), key_of(0, 1), 3).await;
    let error = refused(&kafka, Offset::new(0, 4)).await;
    assert!(error.contains("made anew; raise generation to 1"), "{error}");
    kafka.close().await.unwrap();
}

/// Readers go by places alone: whether this one notices is a matter of when its client asks.
#[tokio::test]
async fn a_topic_that_was_made_anew_under_a_reader_is_known_by_its_anchor() {
    let Some(servers) = Servers::shared(TESTS).unwrap() else {
        return;
    };
    let config = config(addresses(&servers), 1);
    let (kafka, key) = (connect(&config).await, key_of(0, 1));
    append(&*kafka.log(), key, 3).await;
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = next(&mut assignments).await;
    reader.seek(Offset::ZERO).await.unwrap();
    let anchor = Anchor::of(&read(&mut reader, 3).await[1]);
    reader.verify(anchor).await.unwrap();

    kafka_forget(&servers, &commands(&config.topic_prefix)).await.unwrap();
    let anew = connect(&config).await;
    for length in 1..=5 {
        if let 1 | 5 = length {
            let error = within("it is known", made_anew(&mut *reader, anchor)).await;
            assert!(error.contains("made anew; raise generation to 1"), "{length}: {error}");
        }
        let payload = Bytes::from(format!("another {length}"));
        anew.log().append(key, payload, None).await.unwrap();
    }
    // What retention has removed says nothing, and is no obstacle.
    delete_below(&config, 2).await;
    reader.verify(anchor).await.unwrap();
    let ancient = Offset::new(1, 0);
    reader
        .verify(Anchor {
            offset: ancient,
            ..anchor
        })
        .await
        .unwrap();
    drop((reader, assignments));
    for kafka in [kafka, anew] {
        kafka.close().await.unwrap();
    }
}

/// What it says of the anchor, once the new topic can be asked.
async fn made_anew(reader: &mut dyn PartitionReader, anchor: Anchor) -> String {
    loop {
        match reader.verify(anchor).await {
            Err(error) if error.kind() == ErrorKind::Conflict => break error.to_string(),
            Err(error) if error.is_retryable() => tokio::task::yield_now().await,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_generation_goes_on_above_the_one_before() {
    let Some(brokers) = brokers(TESTS) else { return };
    let raised = Config {
        generation: 1,
        ..config(brokers, 1)
    };
    let kafka = connect(&raised).await;
    let offsets = append(&*kafka.log(), key_of(0, 1), 2).await;
    assert_eq!(offsets[0], Offset::new(1, 0));
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = next(&mut assignments).await;
    reader.seek(Offset::new(0, 77)).await.unwrap();
    assert_eq!(read(&mut reader, 2).await[0].offset, offsets[0]);
    let error = reader.seek(Offset::new(2, 0)).await.unwrap_err().to_string();
    assert!(error.contains("set generation to 2"), "{error}");
    drop((reader, assignments));
    kafka.close().await.unwrap();
}

#[tokio::test]
async fn a_mark_that_retention_overtook_is_not_skipped() {
    let Some(brokers) = brokers(TESTS) else { return };
    let config = config(brokers, 1);
    let kafka = connect(&config).await;
    append(&*kafka.log(), key_of(0, 1), 5).await;
    delete_below(&config, 3).await;
    let error = refused(&kafka, Offset::new(0, 1)).await;
    assert!(error.contains("retention deleted 2 records"), "{error}");
    kafka.close().await.unwrap();
}

/// As retention does.
async fn delete_below(config: &Config, number: i64) {
    use rdkafka::{Offset, TopicPartitionList, admin::*, client::DefaultClientContext};
    let mut client = rdkafka::ClientConfig::new();
    client.set("bootstrap.servers", config.brokers.join(","));
    let admin: AdminClient<DefaultClientContext> = client.create().unwrap();
    let mut below = TopicPartitionList::new();
    let topic = format!("{}chat.send", config.topic_prefix);
    below.add_partition_offset(&topic, 0, Offset::Offset(number)).unwrap();
    let deleted = admin.delete_records(&below, &AdminOptions::new()).await.unwrap();
    assert_eq!(deleted.elements()[0].offset(), Offset::Offset(number));
}

#[tokio::test]
async fn a_record_that_is_deleted_under_a_reader_is_an_error_each_time() {
    let Some(brokers) = brokers(TESTS) else { return };
    let config = config(brokers, 1);
    let kafka = connect(&config).await;
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = next(&mut assignments).await;
    reader.seek(Offset::ZERO).await.unwrap();
    append(&*kafka.log(), key_of(0, 1), 5).await;
    assert_eq!(read(&mut reader, 5).await.len(), 5);
    delete_below(&config, 4).await;
    for _ in 0..2 {
        let error = reader.seek(Offset::ZERO).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    // The mark moved by an operator is read from again.
    reader.seek(Offset::new(0, 4)).await.unwrap();
    assert_eq!(read(&mut reader, 1).await[0].offset, Offset::new(0, 4));
    drop((reader, assignments));
    kafka.close().await.unwrap();
}
