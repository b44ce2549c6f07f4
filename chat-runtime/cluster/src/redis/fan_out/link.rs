//! One subscriber's connection to one node, and the channels that the node has confirmed on it.
//!
//! What arrives is decoded and put into the inbox by the library's own task, without a stop in between. The connection
//! is given up when it breaks, when the node does not confirm in time, and when the node unsubscribes a channel on its
//! own because its slot moved: the library takes that for the answer to something else.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use redis::{Pipeline, PushInfo, PushKind, Value, aio::MultiplexedConnection};
use talkline_core::Result;
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{inbox::Queue, wire};
use crate::redis::{
    Metrics,
    nodes::{Node, Nodes},
};

/// Channels in one round trip.
const TOGETHER: usize = 1_000;

/// See the module.
pub(super) struct Link {
    connection: MultiplexedConnection,
    subscribed: HashSet<Arc<str>>,
    ear: Arc<Ear>,
}

/// What hears the node's pushes.
pub(super) struct Ear {
    queue: Arc<Queue>,
    broken: AtomicBool,
    /// Told when it breaks.
    wake: Arc<Notify>,
    /// Channels that we ourselves unsubscribe.
    leaving: Mutex<HashSet<Box<[u8]>>>,
    metrics: Metrics,
}

impl Link {
    /// Connects to `node`.
    pub(super) async fn open(nodes: &Nodes, node: &Node, ear: Ear) -> Result<Self> {
        let ear = Arc::new(ear);
        let hears = ear.clone();
        let receiver = move |push: PushInfo| {
            hears.hear(push);
            Ok(())
        };
        Ok(Self {
            connection: nodes.listen(node, receiver).await?,
            subscribed: HashSet::new(),
            ear,
        })
    }

    /// Subscribes `names`, and returns those that the node has confirmed; each round trip may take as long as a call.
    pub(super) async fn subscribe(&mut self, nodes: &Nodes, names: &[Arc<str>]) -> Vec<Arc<str>> {
        let mut confirmed = Vec::new();
        for some in names.chunks(TOGETHER) {
            let Some(answers) = self.send("SSUBSCRIBE", some, nodes.deadline()).await else {
                break;
            };
            let answered = some.iter().zip(answers);
            confirmed.extend(
                answered
                    .filter(|(_, answer)| is_confirmation(answer))
                    .map(|(name, _)| name.clone()),
            );
        }
        self.subscribed.extend(confirmed.iter().cloned());
        self.ear.metrics.subscriptions.inc_by(confirmed.len() as i64);
        confirmed
    }

    /// Unsubscribes those of `names` that are subscribed here.
    pub(super) async fn unsubscribe(&mut self, names: &[Arc<str>], deadline: Instant) {
        let ours: Vec<_> = names.iter().filter_map(|name| self.subscribed.take(name)).collect();
        self.ear.metrics.subscriptions.dec_by(ours.len() as i64);
        self.ear
            .leaving()
            .extend(ours.iter().map(|name| name.as_bytes().into()));
        for some in ours.chunks(TOGETHER) {
            if self.send("SUNSUBSCRIBE", some, deadline).await.is_none() {
                break;
            }
        }
    }

    /// Asks the node for a sign of life, which no push replaces: a connection can be dead without having ended.
    pub(super) async fn ping(&mut self, deadline: Instant) {
        let mut ping = Pipeline::new();
        ping.cmd("PING");
        self.ask(&ping, deadline).await;
    }

    pub(super) fn is_broken(&self) -> bool {
        self.ear.broken.load(Ordering::Acquire)
    }

    /// What was subscribed, now that the link is given up.
    pub(super) fn close(mut self) -> HashSet<Arc<str>> {
        let subscribed = std::mem::take(&mut self.subscribed);
        self.ear.metrics.subscriptions.dec_by(subscribed.len() as i64);
        subscribed
    }

    async fn send(&mut self, command: &str, names: &[Arc<str>], deadline: Instant) -> Option<Vec<Value>> {
        // One command a channel: in a cluster, the channels of one command must be in one slot.
        let mut pipeline = Pipeline::with_capacity(names.len());
        for name in names {
            pipeline.cmd(command).arg(&**name);
        }
        self.ask(&pipeline, deadline).await
    }

    /// The answers, if they came in time and can be believed.
    async fn ask(&mut self, commands: &Pipeline, deadline: Instant) -> Option<Vec<Value>> {
        let sent = self.connection.send_packed_commands(commands, 0, commands.len());
        match timeout_at(deadline, sent).await {
            Ok(Ok(answers)) if !self.is_broken() => Some(answers),
            _ => {
                self.ear.give_up();
                None
            }
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.ear.metrics.subscriptions.dec_by(self.subscribed.len() as i64);
    }
}

impl Ear {
    pub(super) fn new(queue: Arc<Queue>, wake: Arc<Notify>, metrics: Metrics) -> Self {
        Self {
            queue,
            broken: AtomicBool::new(false),
            wake,
            leaving: Mutex::default(),
            metrics,
        }
    }

    fn hear(&self, push: PushInfo) {
        match (push.kind, push.data.as_slice()) {
            (PushKind::SMessage, [_, Value::BulkString(payload)]) => self.take(payload),
            (PushKind::SUnsubscribe, [Value::BulkString(name), ..]) if self.leaving().remove(name.as_slice()) => {}
            (PushKind::SUnsubscribe | PushKind::Disconnection, _) => self.give_up(),
            _ => {}
        }
    }

    fn take(&self, payload: &[u8]) {
        self.metrics.received.inc();
        match wire::decode(payload) {
            Some(signal) => {
                if !self.queue.push(signal) {
                    self.metrics.overflowed.inc();
                }
            }
            None => {
                if self.metrics.unreadable.inc() == 0 {
                    tracing::warn!(
                        version = payload.first(),
                        "a signal cannot be read and is dropped, as all such will be; is a release being rolled out?"
                    );
                }
            }
        }
    }

    fn give_up(&self) {
        self.broken.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    fn leaving(&self) -> MutexGuard<'_, HashSet<Box<[u8]>>> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_confirmation(answer: &Value) -> bool {
    matches!(
        answer,
        Value::Push {
            kind: PushKind::SSubscribe,
            ..
        }
    )
}
