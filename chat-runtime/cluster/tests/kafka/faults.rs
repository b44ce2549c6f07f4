//! The fault model over the log on Kafka: the same history, read from a broker.
//!
//! What the model varies is the store's writes and who reads when; the log only has to give the same records with the
//! same places. So a few seeds say here what thousands say in `worker/tests/faults.rs`.

use std::sync::Arc;

use talkline_core::suite::memory::MemoryStore;
use talkline_worker::suite;

use super::world::{brokers, config, connect, within};

#[tokio::test]
async fn the_fault_model_holds() {
    let Some(brokers) = brokers("the fault model over Kafka") else {
        return;
    };
    for seed in suite::seeds(4) {
        let kafka = connect(&config(brokers.clone(), 1)).await;
        let run = suite::run(seed, kafka.log(), Arc::new(MemoryStore::new(1)), None);
        let outcome = within("the model ends", run).await;
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
        kafka.close().await.unwrap();
    }
}
