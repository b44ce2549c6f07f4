//! What is too old, while workers run. The clock is paused, so that hours are no time.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what tests share is a test too")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{encoding::text::encode, registry::Registry};
use talkline_core::{
    conversation::{Command, Docs, Kind, Reason, Record, Rejection},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    offset::Offset,
    port::{Clock, LogRecord, Range},
    suite::memory::{MemoryLog, MemoryStore},
    time::Timestamp,
};
use talkline_embedded::{Embedded, Options};
use talkline_worker::{Config, Kept, Metrics, Ports, Retention, Worker};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const ANN: UserId = UserId::from_bytes([1; 16]);
const GROUP: ConversationId = ConversationId::from_bytes([7; 16]);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// When everything is sent.
const SENT: i64 = 1_700_000_000_000;

/// The time of day, which stands still until a test says otherwise.
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A worker over a log and a store in memory, and as many retentions beside it.
struct Scene {
    ports: Ports,
    clock: Arc<SetClock>,
    registry: Registry,
    metrics: Metrics,
    tasks: JoinSet<talkline_core::Result<()>>,
    stop: CancellationToken,
    _folder: TempDir,
    _embedded: Embedded,
}

impl Scene {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = Embedded::open(folder.path(), Options::default()).await.unwrap();
        let ports = Ports {
            log: Arc::new(MemoryLog::new(1)),
            store: Arc::new(MemoryStore::new(1)),
            fan_out: embedded.fan_out(),
            tracer: Default::default(),
            recent: embedded.recent(),
        };
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        tasks.spawn(Worker::new(Config::default(), ports.clone(), metrics.clone()).run(stop.clone()));
        Self {
            ports,
            clock: Arc::new(SetClock(AtomicI64::new(SENT))),
            registry,
            metrics,
            tasks,
            stop,
            _folder: folder,
            _embedded: embedded,
        }
    }

    fn retain(&mut self, kept: Kept) {
        let retention = Retention::new(kept, &self.ports, self.clock.clone(), self.metrics.clone());
        self.tasks.spawn(retention.run(self.stop.clone()));
    }

    async fn send(&self, messages: u64) {
        let create = Command::Create {
            change: CommandId::new(GROUP, ANN, b"create"),
            kind: Kind::Group,
            name: None,
            members: Vec::new(),
            open_history: false,
        };
        self.append(create).await;
        for number in 0..messages {
            let client_message_id = number.to_string();
            let message = MessageId::new(GROUP, ANN, &client_message_id);
            let content = Content {
                text: Some("hello".to_owned()),
                ..Content::default()
            };
            self.append(Command::Send {
                message,
                client_message_id,
                content,
            })
            .await;
        }
        self.until(messages as usize).await;
    }

    async fn append(&self, command: Command) {
        let record = Record {
            conversation: GROUP,
            actor: ANN,
            at: Timestamp::from_millis(SENT),
            reply_to: None,
            command,
        };
        self.ports
            .log
            .append(GROUP, record.encode().unwrap().into(), None)
            .await
            .unwrap();
    }

    fn pass(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_millis() as i64, Ordering::Relaxed);
    }

    async fn shown(&self) -> usize {
        let page = self.ports.store.page(GROUP, Range::After { after: 0 }, 1_000).await;
        page.unwrap().messages.len()
    }

    /// Waits until so many messages are shown.
    async fn until(&self, count: usize) {
        let shown = async {
            while self.shown().await != count {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::time::timeout(3 * HOUR, shown).await.expect("within three hours");
    }

    fn removed(&self, kind: &str) -> u64 {
        let mut text = String::new();
        encode(&mut text, &self.registry).unwrap();
        let prefix = format!("talkline_worker_removed_total{{kind=\"{kind}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&prefix));
        line.map_or(0, |count| count.parse().unwrap())
    }

    async fn end(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap().unwrap();
        }
    }
}

fn days(days: u32) -> Kept {
    Kept {
        messages: Some(DAY * days),
        ..Kept::default()
    }
}

#[tokio::test(start_paused = true)]
async fn messages_go_when_their_time_is_over_and_not_before() {
    let mut scene = Scene::start().await;
    scene.send(3).await;
    scene.retain(days(30));
    scene.pass(30 * DAY);
    tokio::time::sleep(3 * HOUR).await;
    assert_eq!(scene.shown().await, 3, "they are as old as is allowed");
    scene.pass(Duration::from_millis(1));
    scene.until(0).await;
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!((scene.removed("message"), scene.removed("change")), (3, 0));
    scene.end().await;
}

#[tokio::test(start_paused = true)]
async fn more_than_one_write_takes_and_more_than_one_task() {
    let mut scene = Scene::start().await;
    scene.send(500).await;
    scene.pass(2 * DAY);
    for _ in 0..3 {
        scene.retain(days(1));
    }
    scene.until(0).await;
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!(scene.removed("message"), 500, "each of them once");
    let changes = scene.ports.store.changes(GROUP, 0, 10).await.unwrap().changes;
    assert_eq!(changes.len(), 2, "the beginning and one expiry, whoever said it");
    scene.end().await;
}

#[tokio::test(start_paused = true)]
async fn for_ever_is_for_ever() {
    let mut scene = Scene::start().await;
    scene.send(1).await;
    scene.retain(Kept::default());
    scene.pass(36_500 * DAY);
    tokio::time::sleep(3 * HOUR).await;
    assert_eq!(scene.shown().await, 1);
    scene.end().await;
}

#[tokio::test(start_paused = true)]
async fn rejections_and_dead_letters_go_too() {
    let mut scene = Scene::start().await;
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
    assert_eq!((scene.removed("rejection"), scene.removed("dead_letter")), (300, 1));
    scene.end().await;
}
