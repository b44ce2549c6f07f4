//! The laws of store and accounts.

use std::sync::{Arc, Mutex};

use talkline_core::{offset::Partition, port::Store, suite};

use crate::{
    database::{Own, shared},
    router::Router,
};

#[tokio::test]
async fn store() {
    let Some(url) = shared() else { return };
    for partitions in [1, 3] {
        laws(partitions, async || Own::new(&url, partitions).await).await;
    }
}

/// A page whose bodies come from elsewhere keeps the same law.
#[tokio::test]
async fn store_with_pages_from_secondaries() {
    let Some(url) = shared() else { return };
    laws(1, async || Own::with_secondary_reads(&url).await).await;
}

/// Every shard key can be kept, and every write says which shard it is for.
#[tokio::test]
async fn store_of_a_sharded_cluster() {
    let Some(router) = Router::start().await else { return };
    laws(1, async || Own::sharded(&router.url()).await).await;
}

/// A store's laws, each on a database of its own.
async fn laws(partitions: Partition, own: impl AsyncFn() -> Own) {
    let owned: Mutex<Vec<Own>> = Mutex::default();
    let make = async || {
        let own = own().await;
        let store: Arc<dyn Store> = own.mongo.store();
        owned.lock().unwrap().push(own);
        store
    };
    suite::store::store(partitions, make).await;
    for own in owned.into_inner().unwrap() {
        own.end().await;
    }
}

#[tokio::test]
async fn accounts() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    suite::accounts::accounts(&*own.mongo.accounts()).await;
    own.end().await;
}
