//! The fault model on the reference adapters and on SQLite.
//!
//! A failing seed is printed; `TALKLINE_SEED=N` runs it again, `TALKLINE_SEEDS=N` runs as many (a longer search).
#![allow(clippy::expect_used, clippy::panic, reason = "what tests share is a test too")]

use talkline_embedded::{Embedded, Options};
use talkline_worker::suite::{self, Failure, Mutation, seeds};

fn fail(failure: &Failure) -> ! {
    panic!("{failure}")
}

#[tokio::test]
async fn in_memory() {
    for seed in seeds(2_000) {
        suite::run_in_memory(seed, None)
            .await
            .unwrap_or_else(|failure| fail(&failure));
    }
}

#[tokio::test]
async fn on_sqlite() {
    // The model's crashes are not power cuts: syncing is tested elsewhere, so the folder may be in memory.
    let folder = tempfile::tempdir_in(if std::path::Path::new("/dev/shm").is_dir() {
        "/dev/shm"
    } else {
        "."
    })
    .unwrap();
    for seed in seeds(200) {
        let embedded = Embedded::open(&folder.path().join(seed.to_string()), Options::default())
            .await
            .unwrap();
        let outcome = suite::run(seed, embedded.log(), embedded.store(), None).await;
        embedded.close().await;
        outcome.unwrap_or_else(|failure| fail(&failure));
    }
}

/// Each shortcut must be caught, or the model would prove nothing.
#[tokio::test]
async fn every_tempting_shortcut_is_caught() {
    for mutation in Mutation::ALL {
        let mut caught = None;
        for seed in 0..1_000 {
            if let Err(failure) = suite::run_in_memory(seed, Some(mutation)).await {
                caught = Some(failure);
                break;
            }
        }
        let failure = caught.unwrap_or_else(|| panic!("{mutation:?} is not caught within 1,000 seeds"));
        println!("{mutation:?}: caught at seed {}", failure.seed);
    }
}
