//! The store's law on SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::sync::{Arc, Mutex};

use talkline_core::{port::Store, suite};
use talkline_embedded::{Embedded, Options};
use tempfile::TempDir;

#[tokio::test]
async fn store() {
    for partitions in [1, 3] {
        let homes: Mutex<Vec<(TempDir, Embedded)>> = Mutex::default();
        let make = async || {
            let dir = tempfile::tempdir().unwrap();
            let options = Options {
                partitions,
                ..Options::default()
            };
            let embedded = Embedded::open(dir.path(), options).await.unwrap();
            let store: Arc<dyn Store> = embedded.store();
            homes.lock().unwrap().push((dir, embedded));
            store
        };
        suite::store::store(partitions, make).await;
    }
}
