//! The fan-out on sharded publish/subscribe: a channel of its own for each conversation, user and gateway, which lies
//! on one node and goes to those who subscribed it, and to nobody else. Redis' ordinary channels go to every node.

mod inbox;
mod link;
mod listener;
pub(super) mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use redis::cmd;
use talkline_core::{
    Error, ErrorKind, Result,
    event::{Channel, Signal},
    port::{FanOut, Inbox, Subscription},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    inbox::Queue,
    listener::{Listener, Order},
};
use super::{Metrics, error, names::Names, nodes::Nodes};

/// Signals in one round trip.
const TOGETHER: usize = 1_000;
/// Orders to a subscriber's task that may wait; past it whoever gives one waits, which it does for the answer anyway.
const ORDERS: usize = 1_024;

/// See the module.
pub(super) struct RedisFanOut {
    nodes: Arc<Nodes>,
    names: Names,
    inbox: usize,
    metrics: Metrics,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl RedisFanOut {
    /// Subscribers' tasks run on `tasks` until `stop`.
    pub(super) fn new(
        nodes: Arc<Nodes>,
        names: Names,
        inbox: usize,
        metrics: Metrics,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        Self {
            nodes,
            names,
            inbox,
            metrics,
            tasks,
            stop,
        }
    }

    async fn publish_some(&self, signals: &[Signal]) -> Result<()> {
        let operation = "fan_out.publish";
        let channels: Vec<_> = signals
            .iter()
            .map(|signal| self.names.channel(&signal.channel()))
            .collect();
        let commands = channels.iter().zip(signals).map(|(channel, signal)| {
            let mut publish = cmd("SPUBLISH");
            publish.arg(channel).arg(wire::encode(signal));
            (channel.as_str(), publish)
        });
        let answers = self.nodes.batch(operation, commands.collect()).await?;
        for answer in answers {
            answer
                .extract_error()
                .map_err(|cause| error::failed(operation, &cause))?;
        }
        self.metrics.published.inc_by(signals.len() as u64);
        Ok(())
    }
}

#[async_trait]
impl FanOut for RedisFanOut {
    async fn publish(&self, signals: Vec<Signal>) -> Result<()> {
        for some in signals.chunks(TOGETHER) {
            self.publish_some(some).await?;
        }
        Ok(())
    }

    async fn attach(&self) -> Result<(Box<dyn Subscription>, Box<dyn Inbox>)> {
        if self.stop.is_cancelled() {
            return Err(closed("fan_out.attach"));
        }
        let queue = Arc::new(Queue::new(self.inbox));
        let (orders, obeyed) = mpsc::channel(ORDERS);
        let listener = Listener::new(self.nodes.clone(), queue.clone(), self.metrics.clone());
        let (ends, stop) = (queue.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            stop.run_until_cancelled(listener.run(obeyed)).await;
            ends.close();
        });
        // The task ends with the later of the two halves.
        let channels = Channels {
            names: self.names.clone(),
            orders: orders.clone(),
        };
        let received = Received { queue, _task: orders };
        Ok((Box::new(channels), Box::new(received)))
    }
}

struct Channels {
    names: Names,
    orders: mpsc::Sender<Order>,
}

impl Channels {
    async fn order(
        &self,
        operation: &'static str,
        channels: &[Channel],
        order: fn(Vec<Arc<str>>, oneshot::Sender<Result<()>>) -> Order,
    ) -> Result<()> {
        let names = channels
            .iter()
            .map(|channel| self.names.channel(channel).into())
            .collect();
        let (done, answer) = oneshot::channel();
        self.orders
            .send(order(names, done))
            .await
            .map_err(|_| closed(operation))?;
        answer.await.map_err(|_| closed(operation))?
    }
}

#[async_trait]
impl Subscription for Channels {
    async fn subscribe(&self, channels: &[Channel]) -> Result<()> {
        self.order("fan_out.subscribe", channels, Order::Subscribe).await
    }

    async fn unsubscribe(&self, channels: &[Channel]) -> Result<()> {
        self.order("fan_out.unsubscribe", channels, Order::Unsubscribe).await
    }
}

struct Received {
    queue: Arc<Queue>,
    _task: mpsc::Sender<Order>,
}

#[async_trait]
impl Inbox for Received {
    async fn next(&mut self) -> Result<Option<Signal>> {
        self.queue.next().await
    }
}

fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the bus is closed")
}
