//! When a worker begins a batch, and when it moves its mark.

use std::time::Duration;

use talkline_core::offset::Offset;
use talkline_worker::Config;
use tokio::time::Instant;

use crate::scene::Scene;

const LINGER: Duration = Duration::from_millis(100);
const MARK: Duration = Duration::from_millis(50);
const BATCHES: &str = "talkline_worker_batch_records_count";

/// Lets the worker do what it can without any time passing: the clock moves only when nobody has anything to do.
async fn at_once(what: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    for _ in 0..10_000 {
        if what().await {
            assert_eq!(begun.elapsed(), Duration::ZERO, "that took time");
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("not without waiting");
}

#[tokio::test(start_paused = true)]
async fn who_comes_alone_waits_for_nothing_and_many_come_together() {
    let scene = Scene::start(Config {
        linger: LINGER,
        ..Config::default()
    })
    .await;
    scene.create().await;
    at_once(async || scene.counted(BATCHES) == 1).await;
    let begun = Instant::now();
    for number in 0..8 {
        tokio::time::sleep(LINGER / 10).await;
        scene.say(number).await;
    }
    assert_eq!(scene.counted(BATCHES), 1, "a second one before its time");
    tokio::time::sleep_until(begun + LINGER).await;
    at_once(async || scene.shown().await == 8).await;
    assert_eq!(scene.counted(BATCHES), 2, "one for all of them");

    // After a while in which nothing came, nothing is waited for again.
    tokio::time::sleep(LINGER).await;
    scene.say(8).await;
    at_once(async || scene.shown().await == 9).await;
    scene.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_mark_follows_for_many_batches_at_once_and_at_the_end() {
    let scene = Scene::start(Config {
        mark: MARK,
        ..Config::default()
    })
    .await;
    let store = scene.ports.store.clone();
    let mark = async || store.mark(0).await.unwrap().position;
    scene.create().await;
    for number in 0..5 {
        scene.say(number).await;
        at_once(async || scene.shown().await == number as usize + 1).await;
    }
    assert_eq!(
        mark().await,
        Offset::ZERO,
        "everything is shown, and the mark is still to move"
    );
    tokio::time::sleep(MARK).await;
    at_once(async || mark().await == Offset::new(0, 6)).await;
    scene.say(5).await;
    at_once(async || scene.shown().await == 6).await;
    scene.end().await;
    assert_eq!(
        store.mark(0).await.unwrap().position,
        Offset::new(0, 7),
        "who comes next begins there"
    );
}
