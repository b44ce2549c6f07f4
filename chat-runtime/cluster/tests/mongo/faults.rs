//! The fault model over MongoDB. `TALKLINE_SEED=N` runs a seed again, `TALKLINE_SEEDS=N` runs as many.

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use talkline_core::suite::memory::MemoryLog;
use talkline_worker::suite;

use crate::database::{Own, shared};

/// How many seeds a plain test run tries, and how many at once: each waits for the disk most of the time.
const SEEDS: u64 = 12;
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_no_number_changes() {
    let Some(url) = shared() else { return };
    let run = async |seed| {
        let own = Own::new(&url, 1).await;
        let outcome = suite::run(seed, Arc::new(MemoryLog::new(1)), own.mongo.store(), None).await;
        own.end().await;
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    };
    stream::iter(suite::seeds(SEEDS))
        .map(run)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}
