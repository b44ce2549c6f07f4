//! Each port's law on the embedded adapters. The store's is in a file of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::time::Duration;

use talkline_core::suite;
use talkline_embedded::{Embedded, Options};
use tempfile::TempDir;

/// The adapters, and the folder that they need for as long as they live.
async fn embedded(options: Options) -> (TempDir, Embedded) {
    let dir = tempfile::tempdir().unwrap();
    let embedded = Embedded::open(dir.path(), options).await.unwrap();
    (dir, embedded)
}

#[tokio::test]
async fn log() {
    for partitions in [1, 3] {
        let (_dir, embedded) = embedded(Options {
            partitions,
            ..Options::default()
        })
        .await;
        suite::log::log(&*embedded.log()).await;
    }
}

#[tokio::test]
async fn dead_letters() {
    for partitions in [1, 3] {
        let (_dir, embedded) = embedded(Options {
            partitions,
            ..Options::default()
        })
        .await;
        suite::dead_letters::dead_letters(&*embedded.log(), &*embedded.dead_letters()).await;
    }
}

#[tokio::test]
async fn accounts() {
    let (_dir, embedded) = embedded(Options::default()).await;
    suite::accounts::accounts(&*embedded.accounts()).await;
}

#[tokio::test]
async fn fan_out() {
    let (_dir, embedded) = embedded(Options {
        inbox: 100,
        ..Options::default()
    })
    .await;
    suite::fan_out::fan_out(&*embedded.fan_out(), 200).await;
}

#[tokio::test(start_paused = true)]
async fn limits() {
    let (_dir, embedded) = embedded(Options::default()).await;
    suite::limits::limits(&*embedded.limits()).await;
}

#[tokio::test]
async fn presence() {
    let expiry = Duration::from_secs(30);
    let (_dir, embedded) = embedded(Options {
        presence_expiry: expiry,
        ..Options::default()
    })
    .await;
    suite::presence::presence(&*embedded.presence(), expiry).await;
}

#[tokio::test]
async fn recent() {
    let (_dir, embedded) = embedded(Options::default()).await;
    suite::recent::recent(embedded.recent(), suite::recent::Memberships::Elsewhere, 200).await;
}
