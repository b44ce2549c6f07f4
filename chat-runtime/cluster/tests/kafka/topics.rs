//! Topics that are made, and topics that contradict.

use prometheus_client::registry::Registry;
use talkline_cluster::kafka::{Config, Kafka, Metrics};
use talkline_core::ErrorKind;

use super::world::{brokers, config, connect};

const TESTS: &str = "topics of the log on Kafka";

async fn refused(config: &Config, reason: &str) {
    let metrics = Metrics::register(&mut Registry::default());
    let Err(error) = Kafka::connect(config, metrics).await else {
        panic!("not refused: {reason}")
    };
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.to_string().contains(reason), "{error}");
}

#[tokio::test]
async fn what_contradicts_is_refused_and_the_rest_taken_as_it_is() {
    let Some(brokers) = brokers(TESTS) else { return };
    let made = config(brokers, 3);
    let kafka = connect(&made).await;
    assert_eq!(kafka.log().partitions(), 3);
    kafka.ping().await.unwrap();
    kafka.close().await.unwrap();
    let more = Config {
        partitions: Some(4),
        ..made.clone()
    };
    refused(&more, "has 3 partitions and not 4").await;
    let safer = Config {
        min_in_sync: 2,
        ..made.clone()
    };
    refused(&safer, "min.insync.replicas is 1 and must be at least 2").await;
    let any = Config {
        partitions: None,
        ..made
    };
    let kafka = connect(&any).await;
    assert_eq!(kafka.log().partitions(), 3);
    kafka.close().await.unwrap();
}

#[tokio::test]
async fn more_replicas_than_brokers_are_refused() {
    let Some(brokers) = brokers(TESTS) else { return };
    let config = Config {
        replication: 5,
        ..config(brokers, 1)
    };
    refused(&config, "cannot be made").await;
}
