//! The law of the log, as every adapter keeps it.

use super::world::{brokers, config, connect};

async fn keeps_the_law(partitions: u32) {
    let Some(brokers) = brokers("the law of the log on Kafka") else {
        return;
    };
    let kafka = connect(&config(brokers, partitions)).await;
    talkline_core::suite::log::log(&*kafka.log()).await;
    kafka.close().await.unwrap();
}

#[tokio::test]
async fn with_one_partition() {
    keeps_the_law(1).await;
}

#[tokio::test]
async fn with_three_partitions() {
    keeps_the_law(3).await;
}
