//! One subscriber's task: it keeps the channels that are wanted subscribed, whatever becomes of nodes and connections.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use talkline_core::{Error, Result};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    inbox::Queue,
    link::{Ear, Link},
};
use crate::redis::{
    Metrics, error,
    nodes::{Address, Node, Nodes},
};

/// Orders that are obeyed together.
const TOGETHER: usize = 256;
/// Between two attempts to subscribe what is missing. A node that is known not to answer is tried less often.
const HEAL: Duration = Duration::from_millis(100);
/// Between two signs of life.
const PING: Duration = Duration::from_secs(5);

/// Where whoever gave an order waits.
type Done = oneshot::Sender<Result<()>>;

/// What a subscriber asks of its task.
pub(super) enum Order {
    Subscribe(Vec<Arc<str>>, Done),
    Unsubscribe(Vec<Arc<str>>, Done),
}

/// See the module.
pub(super) struct Listener {
    nodes: Arc<Nodes>,
    queue: Arc<Queue>,
    metrics: Metrics,
    links: HashMap<Address, Link>,
    /// What is to be subscribed.
    wanted: HashSet<Arc<str>>,
    /// What of it is not, and whether the subscriber may have lost something by that.
    missing: HashMap<Arc<str>, bool>,
    /// Told when a link breaks.
    broken: Arc<Notify>,
}

impl Listener {
    pub(super) fn new(nodes: Arc<Nodes>, queue: Arc<Queue>, metrics: Metrics) -> Self {
        Self {
            nodes,
            queue,
            metrics,
            links: HashMap::new(),
            wanted: HashSet::new(),
            missing: HashMap::new(),
            broken: Arc::default(),
        }
    }

    /// Obeys until nobody gives orders any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut some = Vec::new();
        let mut pings = interval(PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                got = orders.recv_many(&mut some, TOGETHER) => {
                    if got == 0 {
                        return;
                    }
                    self.obey(some.drain(..)).await;
                }
                () = self.broken.notified() => self.settle().await,
                () = sleep(HEAL), if !self.missing.is_empty() => self.settle().await,
                _ = pings.tick() => self.ping().await,
            }
        }
    }

    async fn obey(&mut self, orders: impl Iterator<Item = Order>) {
        let mut subscribing = Vec::new();
        for order in orders {
            match order {
                Order::Subscribe(names, done) => {
                    self.want(&names);
                    subscribing.push((names, done));
                }
                Order::Unsubscribe(names, done) => {
                    self.finish(std::mem::take(&mut subscribing)).await;
                    self.leave(&names).await;
                    // Nobody waits any more if it failed to.
                    let _told = done.send(Ok(()));
                }
            }
        }
        self.finish(subscribing).await;
    }

    fn want(&mut self, names: &[Arc<str>]) {
        for name in names {
            if self.wanted.insert(name.clone()) {
                self.missing.insert(name.clone(), false);
            }
        }
    }

    /// Subscribes, and tells those who wait. What is not there yet stays wanted: the subscriber hears of its loss once
    /// it is.
    async fn finish(&mut self, waiting: Vec<(Vec<Arc<str>>, Done)>) {
        if waiting.is_empty() {
            return;
        }
        self.settle().await;
        for (names, done) in waiting {
            let mut complete = true;
            for name in &names {
                if let Some(lost) = self.missing.get_mut(name) {
                    (*lost, complete) = (true, false);
                }
            }
            // Who did not wait for it counts on being told.
            if done.send(if complete { Ok(()) } else { Err(missing()) }).is_err() {
                self.queue.lose();
            }
        }
    }

    async fn leave(&mut self, names: &[Arc<str>]) {
        for name in names {
            self.wanted.remove(name);
            self.missing.remove(name);
        }
        let deadline = self.nodes.deadline();
        join_all(self.links.values_mut().map(|link| link.unsubscribe(names, deadline))).await;
    }

    async fn ping(&mut self) {
        let deadline = self.nodes.deadline();
        join_all(self.links.values_mut().map(|link| link.ping(deadline))).await;
    }

    /// Gives up what is broken, and subscribes what is missing, at all nodes at the same time.
    async fn settle(&mut self) {
        self.give_up();
        if self.missing.is_empty() {
            return;
        }
        let mut by_node: HashMap<Address, (Arc<Node>, Vec<Arc<str>>)> = HashMap::new();
        for name in self.missing.keys() {
            // A slot that nobody serves has no node until somebody does.
            if let Some(node) = self.nodes.node(name) {
                let entry = by_node
                    .entry(node.address().clone())
                    .or_insert_with(|| (node, Vec::new()));
                entry.1.push(name.clone());
            }
        }
        let joining: Vec<_> = by_node
            .into_iter()
            .map(|(address, (node, names))| {
                let link = self.links.remove(&address);
                let ear = Ear::new(self.queue.clone(), self.broken.clone(), self.metrics.clone());
                join(&self.nodes, node, link, ear, names)
            })
            .collect();
        let joined = join_all(joining).await;
        let mut lost = false;
        for (address, link, confirmed) in joined {
            self.links.extend(link.map(|link| (address, link)));
            for name in confirmed {
                lost |= self.missing.remove(&name).unwrap_or_default();
            }
        }
        self.give_up();
        if lost {
            self.metrics.losses.inc();
            self.queue.lose();
        }
        if !self.missing.is_empty() {
            self.nodes.look_again();
        }
    }

    fn give_up(&mut self) {
        for (_, link) in self.links.extract_if(|_, link| link.is_broken()) {
            self.missing.extend(link.close().into_iter().map(|name| (name, true)));
        }
    }
}

/// Subscribes `names` at `node`, over the link that is there or a new one.
async fn join(
    nodes: &Nodes,
    node: Arc<Node>,
    link: Option<Link>,
    ear: Ear,
    names: Vec<Arc<str>>,
) -> (Address, Option<Link>, Vec<Arc<str>>) {
    let address = node.address().clone();
    let link = match link {
        Some(link) => Ok(link),
        None => Link::open(nodes, &node, ear).await,
    };
    match link {
        Ok(mut link) => {
            let confirmed = link.subscribe(nodes, &names).await;
            (address, Some(link), confirmed)
        }
        Err(error) => {
            // That the node does not answer was logged when it fell silent.
            tracing::debug!(%error, channels = names.len(), "channels wait for a node");
            (address, None, Vec::new())
        }
    }
}

fn missing() -> Error {
    error::unavailable("fan_out.subscribe", "not every node has confirmed")
}
