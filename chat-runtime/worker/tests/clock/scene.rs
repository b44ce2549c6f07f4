//! A worker over a log and a store in memory, and what can be asked of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{encoding::text::encode, registry::Registry};
use talkline_core::{
    conversation::{Command, Kind, Record},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Content,
    port::{Clock, Log, Range, Store},
    suite::memory::{MemoryLog, MemoryStore},
    time::Timestamp,
};
use talkline_embedded::{Embedded, Options};
use talkline_worker::{Config, Kept, Metrics, Ports, Retention, Worker};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub(crate) const ANN: UserId = UserId::from_bytes([1; 16]);
pub(crate) const GROUP: ConversationId = ConversationId::from_bytes([7; 16]);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// When everything is sent.
pub(crate) const SENT: i64 = 1_700_000_000_000;

/// The time of day, which stands still until a test says otherwise.
pub(crate) struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A worker over a log and a store in memory, and as many retentions beside it.
pub(crate) struct Scene {
    pub(crate) ports: Ports,
    clock: Arc<SetClock>,
    registry: Registry,
    metrics: Metrics,
    tasks: JoinSet<talkline_core::Result<()>>,
    stop: CancellationToken,
    _folder: TempDir,
    _embedded: Embedded,
}

impl Scene {
    pub(crate) async fn start(config: Config) -> Self {
        Self::over(Arc::new(MemoryLog::new(1)), Self::store(), config).await
    }

    pub(crate) fn store() -> Arc<dyn Store> {
        Arc::new(MemoryStore::new(1))
    }

    pub(crate) async fn over(log: Arc<dyn Log>, store: Arc<dyn Store>, config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = Embedded::open(folder.path(), Options::default()).await.unwrap();
        let ports = Ports {
            log,
            store,
            fan_out: embedded.fan_out(),
            tracer: Default::default(),
            recent: embedded.recent(),
        };
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        tasks.spawn(Worker::new(config, ports.clone(), metrics.clone()).run(stop.clone()));
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

    pub(crate) fn retain(&mut self, kept: Kept) {
        let retention = Retention::new(kept, &self.ports, self.clock.clone(), self.metrics.clone());
        self.tasks.spawn(retention.run(self.stop.clone()));
    }

    pub(crate) async fn send(&self, messages: u64) {
        self.create().await;
        for number in 0..messages {
            self.say(number).await;
        }
        self.until(messages as usize).await;
    }

    pub(crate) async fn create(&self) {
        let create = Command::Create {
            change: CommandId::new(GROUP, ANN, b"create"),
            kind: Kind::Group,
            name: None,
            members: Vec::new(),
            open_history: false,
        };
        self.append(create).await;
    }

    pub(crate) async fn say(&self, number: u64) {
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

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_millis() as i64, Ordering::Relaxed);
    }

    pub(crate) async fn shown(&self) -> usize {
        let page = self.ports.store.page(GROUP, Range::After { after: 0 }, 1_000).await;
        page.unwrap().messages.len()
    }

    /// Waits until so many messages are shown.
    pub(crate) async fn until(&self, count: usize) {
        let shown = async {
            while self.shown().await != count {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::time::timeout(3 * HOUR, shown).await.expect("within three hours");
    }

    /// A counter, by its name and labels as they are exposed.
    pub(crate) fn counted(&self, name: &str) -> u64 {
        let mut text = String::new();
        encode(&mut text, &self.registry).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |count| count.parse().unwrap())
    }

    pub(crate) async fn end(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap().unwrap();
        }
    }
}
