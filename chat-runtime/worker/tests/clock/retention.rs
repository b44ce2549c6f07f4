//! What is too old, while workers run.

use std::time::Duration;

use talkline_core::{
    conversation::{Docs, Reason, Rejection},
    offset::Offset,
    port::LogRecord,
    time::Timestamp,
};
use talkline_worker::{Config, Kept};

use crate::scene::{ANN, DAY, GROUP, HOUR, SENT, Scene};

/// How many documents of a kind are gone for good.
fn removed(scene: &Scene, kind: &str) -> u64 {
    scene.counted(&format!("talkline_worker_removed_total{{kind=\"{kind}\"}}"))
}

fn days(days: u32) -> Kept {
    Kept {
        messages: Some(DAY * days),
        ..Kept::default()
    }
}

#[tokio::test(start_paused = true)]
async fn messages_go_when_their_time_is_over_and_not_before() {
    let mut scene = Scene::start(Config::default()).await;
    scene.send(3).await;
    scene.retain(days(30));
    scene.pass(30 * DAY);
    tokio::time::sleep(3 * HOUR).await;
    assert_eq!(scene.shown().await, 3, "they are as old as is allowed");
    scene.pass(Duration::from_millis(1));
    scene.until(0).await;
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!((removed(&scene, "message"), removed(&scene, "change")), (3, 0));
    scene.end().await;
}

#[tokio::test(start_paused = true)]
async fn more_than_one_write_takes_and_more_than_one_task() {
    let mut scene = Scene::start(Config::default()).await;
    scene.send(500).await;
    scene.pass(2 * DAY);
    for _ in 0..3 {
        scene.retain(days(1));
    }
    scene.until(0).await;
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!(removed(&scene, "message"), 500, "each of them once");
    let changes = scene.ports.store.changes(GROUP, 0, 10).await.unwrap().changes;
    assert_eq!(changes.len(), 2, "the beginning and one expiry, whoever said it");
    scene.end().await;
}

#[tokio::test(start_paused = true)]
async fn for_ever_is_for_ever() {
    let mut scene = Scene::start(Config::default()).await;
    scene.send(1).await;
    scene.retain(Kept::default());
    scene.pass(36_500 * DAY);
    tokio::time::sleep(3 * HOUR).await;
    assert_eq!(scene.shown().await, 1);
    scene.end().await;
}

#[tokio::test(start_paused = true)]
async fn rejections_and_dead_letters_go_too() {
    let mut scene = Scene::start(Config::default()).await;
    let rejection = |number: u64| Rejection {
        conversation: GROUP,
        offset: Offset::new(0, number),
        sender: ANN,
        client_message_id: number.to_string(),
        reason: Reason::NotAMember,
        at: Timestamp::from_millis(SENT),
    };
    let docs = Docs {
        rejections: (0..300).map(rejection).collect(),
        ..Docs::default()
    };
    scene.ports.store.write(&docs).await.unwrap();
    let dead = LogRecord {
        offset: Offset::new(0, 9),
        payload: b"?".as_slice().into(),
        trace: None,
    };
    scene.ports.log.bury(0, &dead, "a test").await.unwrap();
    scene.retain(Kept::default());
    scene.pass(7 * DAY);
    tokio::time::sleep(2 * HOUR).await;
    let kept = scene.ports.store.rejections(ANN, Timestamp::default()).await.unwrap();
    assert_eq!(kept.len(), 300);
    // The log's own clock says when it was buried, which is later than anything here.
    scene.pass(100 * 365 * DAY);
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!((removed(&scene, "rejection"), removed(&scene, "dead_letter")), (300, 1));
    scene.end().await;
}
