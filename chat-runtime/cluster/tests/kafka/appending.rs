//! Appends: where they go, how many may wait, and what a broker's death does to them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use rdkafka::{
    ClientConfig, Message as _, Offset as Place, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    message::Headers as _,
    producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext},
};
use talkline_cluster::kafka::Config;
use talkline_core::{
    ErrorKind,
    id::ConversationId,
    offset::{Offset, partition_of},
    trace::SpanContext,
};
use tokio::task::JoinSet;

use super::world::{OwnBroker, addresses, append, brokers, config, connect, key_of, next, read, within};

const TESTS: &str = "appends to Kafka";

/// Where librdkafka's own partitioner puts a record.
struct Placed;

impl rdkafka::ClientContext for Placed {}

impl ProducerContext for Placed {
    type DeliveryOpaque = Box<(ConversationId, u32)>;

    fn delivery(&self, result: &DeliveryResult<'_>, expected: Self::DeliveryOpaque) {
        let placed = result.as_ref().unwrap().partition() as u32;
        let (key, partitions) = *expected;
        assert_eq!(partition_of(&key, partitions), placed, "{key:?}");
    }
}

#[tokio::test]
async fn partitions_are_those_of_librdkafka() {
    const PARTITIONS: u32 = 5;
    let Some(brokers) = brokers(TESTS) else { return };
    let config = config(brokers, PARTITIONS);
    let kafka = connect(&config).await;
    let topic = format!("{}chat.send", config.topic_prefix);
    let placed = tokio::task::spawn_blocking(move || {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", config.brokers.join(","))
            .set("partitioner", "murmur2_random");
        let producer: BaseProducer<Placed> = client.create_with_context(Placed).unwrap();
        for _ in 0..200 {
            let key = ConversationId::from_bytes(rand::random());
            let record = BaseRecord::<_, [u8], _>::with_opaque_to(&topic, Box::new((key, PARTITIONS)));
            assert!(producer.send(record.key(key.as_bytes()).payload(b"")).is_ok());
        }
        producer.flush(Duration::from_secs(30)).unwrap();
    });
    placed.await.unwrap();
    kafka.close().await.unwrap();
}

/// Any consumer of the topic can go on with a record's trace, and finds nothing beside a record without.
#[tokio::test]
async fn a_trace_is_a_header_as_the_standard_has_it() {
    const TRACE: SpanContext = SpanContext { trace: 1, span: 2 };
    let Some(brokers) = brokers(TESTS) else { return };
    let config = config(brokers, 1);
    let kafka = connect(&config).await;
    for trace in [None, Some(TRACE)] {
        kafka.log().append(key_of(0, 1), Bytes::new(), trace).await.unwrap();
    }
    let topic = format!("{}chat.send", config.topic_prefix);
    let headers = tokio::task::spawn_blocking(move || {
        let mut client = ClientConfig::new();
        client
            .set("bootstrap.servers", config.brokers.join(","))
            .set("group.id", "nobody's");
        let consumer: BaseConsumer = client.create().unwrap();
        let mut places = TopicPartitionList::new();
        places.add_partition_offset(&topic, 0, Place::Beginning).unwrap();
        consumer.assign(&places).unwrap();
        let headers = || {
            let message = consumer.poll(Duration::from_secs(30)).unwrap().unwrap();
            let headers = message.headers()?.iter();
            let headers = headers.map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec()));
            Some(headers.collect::<Vec<_>>())
        };
        [headers(), headers()]
    });
    let traceparent = b"00-00000000000000000000000000000001-0000000000000002-01".to_vec();
    let expected = [None, Some(vec![("traceparent".to_owned(), traceparent)])];
    assert_eq!(headers.await.unwrap(), expected);
    kafka.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_broker_loses_nothing_that_was_acknowledged() {
    if brokers(TESTS).is_none() {
        return;
    }
    let broker = OwnBroker::start("kafka=1");
    let config = Config {
        delivery_timeout: Duration::from_secs(60),
        ..config(addresses(&broker.servers), 1)
    };
    let kafka = connect(&config).await;
    let mut assignments = kafka.log().join().await.unwrap();
    let mut reader = next(&mut assignments).await;
    reader.seek(Offset::ZERO).await.unwrap();
    let (log, key) = (kafka.log(), key_of(0, 1));
    let before = append(&*log, key, 100).await;
    assert_eq!(read(&mut reader, 100).await.len(), 100);
    let mut appends = JoinSet::new();
    for number in 100..200u32 {
        let log = Arc::clone(&log);
        appends.spawn(async move { log.append(key, Bytes::from(number.to_string()), None).await });
    }
    broker.signal("KILL").await;
    tokio::task::block_in_place(|| broker.start_again());
    let mut after = Vec::new();
    while let Some(appended) = within("an append ends", appends.join_next()).await {
        // One in doubt may be in the log, or not: only acknowledged ones are promised.
        after.extend(appended.unwrap().ok().map(|(_, offset)| offset));
    }
    let last = append(&*log, key, 1).await;
    let mut expected: Vec<_> = before.into_iter().chain(after).chain(last).collect();
    expected.sort();
    // The group may have given up on a worker without its coordinator: joined anew, it reads all the same.
    drop((reader, assignments));
    let mut assignments = log.join().await.unwrap();
    let mut reader = next(&mut assignments).await;
    reader.seek(Offset::ZERO).await.unwrap();
    let mut found = Vec::new();
    while found.last() != expected.last() {
        found.extend(read(&mut reader, 1).await.into_iter().map(|record| record.offset));
    }
    assert!(
        expected.iter().all(|offset| found.binary_search(offset).is_ok()),
        "acknowledged and gone"
    );
    drop((reader, assignments));
    kafka.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_broker_fills_the_queue_and_nobody_waits_for_ever() {
    if brokers(TESTS).is_none() {
        return;
    }
    let broker = OwnBroker::start("kafka=1");
    let config = Config {
        delivery_timeout: Duration::from_secs(3),
        queue: 10,
        ..config(addresses(&broker.servers), 1)
    };
    let kafka = connect(&config).await;
    append(&*kafka.log(), key_of(0, 1), 1).await;
    broker.signal("STOP").await;
    let mut appends = JoinSet::new();
    for _ in 0..15 {
        let log = kafka.log();
        appends.spawn(async move { log.append(key_of(0, 1), Bytes::new(), None).await.unwrap_err().kind() });
    }
    let mut kinds = Vec::new();
    while let Some(kind) = within("an append ends", appends.join_next()).await {
        kinds.push(kind.unwrap());
    }
    let unavailable = kinds.iter().filter(|kind| **kind == ErrorKind::Unavailable).count();
    let overloaded = kinds.iter().filter(|kind| **kind == ErrorKind::Overloaded).count();
    assert!(
        unavailable >= 10 && overloaded >= 1 && unavailable + overloaded == 15,
        "{kinds:?}"
    );
    assert!(kafka.ping().await.is_err());
    broker.signal("CONT").await;
    append(&*kafka.log(), key_of(0, 1), 1).await;
    kafka.ping().await.unwrap();
    kafka.close().await.unwrap();
}
