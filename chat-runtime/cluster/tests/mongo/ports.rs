//! The laws of store and accounts.

use std::sync::{Arc, Mutex};

use talkline_core::{port::Store, suite};

use crate::database::{Own, shared};

#[tokio::test]
async fn store() {
    let Some(url) = shared() else { return };
    for partitions in [1, 3] {
        let owned: Mutex<Vec<Own>> = Mutex::default();
        let make = async || {
            let own = Own::new(&url, partitions).await;
            let store: Arc<dyn Store> = own.mongo.store();
            owned.lock().unwrap().push(own);
            store
        };
        suite::store::store(partitions, make).await;
        for own in owned.into_inner().unwrap() {
            own.end().await;
        }
    }
}

/// A page whose bodies come from elsewhere keeps the same law.
#[tokio::test]
async fn store_with_pages_from_secondaries() {
    let Some(url) = shared() else { return };
    let owned: Mutex<Vec<Own>> = Mutex::default();
    let make = async || {
        let own = Own::with_secondary_reads(&url).await;
        let store: Arc<dyn Store> = own.mongo.store();
        owned.lock().unwrap().push(own);
        store
    };
    suite::store::store(1, make).await;
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
