//! The laws of store and accounts.

use std::sync::{Arc, Mutex};

use mongodb::bson::{Document, doc};
use talkline_core::{
    checkpoint::{Anchor, Checkpoint, Fingerprint},
    offset::{Offset, Partition},
    port::Store,
    suite,
};

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

/// Beside workers of this version there may be some that know of no anchors yet.
#[tokio::test]
async fn a_mark_that_an_older_program_moved_keeps_its_anchor() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    let store = own.mongo.store();
    let anchored = |number| Checkpoint {
        position: Offset::new(0, number),
        anchor: Some(Anchor {
            offset: Offset::new(0, 4),
            fingerprint: Fingerprint::of(b"known"),
        }),
    };
    store.advance(0, anchored(5)).await.unwrap();
    let marks = own.raw.collection::<Document>("marks");
    let raised = doc! { "$max": { "o": 9_i64 } };
    marks.update_one(doc! { "_id": 0_i64 }, raised).await.unwrap();
    assert_eq!(store.mark(0).await.unwrap(), anchored(9));
    own.end().await;
}

#[tokio::test]
async fn accounts() {
    let Some(url) = shared() else { return };
    let own = Own::new(&url, 1).await;
    suite::accounts::accounts(&*own.mongo.accounts()).await;
    own.end().await;
}
