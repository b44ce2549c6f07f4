//! A log that was made anew, and has grown past the mark of the one that was read.

use std::{sync::Arc, time::Duration};

use talkline_core::{offset::Offset, suite::memory::MemoryLog};
use talkline_worker::Config;

use crate::scene::{HOUR, Scene};

const FAILED_SEEKS: &str = "talkline_worker_retries_total{step=\"seek\"}";

impl Scene {
    async fn until_refused(&self) {
        let refused = async {
            while self.counted(FAILED_SEEKS) < 3 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::time::timeout(HOUR, refused).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_not_begun_on() {
    let scene = Scene::start(Config::default()).await;
    scene.send(3).await;
    let store = scene.ports.store.clone();
    scene.end().await;
    let mark = store.mark(0).await.unwrap();

    let scene = Scene::over(Arc::new(MemoryLog::new(1)), store.clone(), Config::default()).await;
    for number in 10..20 {
        scene.say(number).await;
    }
    scene.until_refused().await;
    assert_eq!(scene.shown().await, 3);
    assert_eq!(store.mark(0).await.unwrap(), mark);
    // A worker that waits for its log to be mended leaves when it is told to.
    scene.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_reads_it_unawares_finds_out_and_so_does_who_comes_after() {
    let log = MemoryLog::new(1);
    let scene = Scene::over(Arc::new(log.clone()), Scene::store(), Config::default()).await;
    scene.send(3).await;
    log.lose();
    for number in 10..20 {
        scene.say(number).await;
    }
    // The reader knows places only. What stands in the first four is skipped, and what follows is not.
    scene.until(9).await;
    scene.until_refused().await;
    let store = scene.ports.store.clone();
    scene.end().await;
    assert_eq!(store.mark(0).await.unwrap().position, Offset::new(0, 10));

    let scene = Scene::over(Arc::new(log), store, Config::default()).await;
    scene.until_refused().await;
    scene.end().await;
}
