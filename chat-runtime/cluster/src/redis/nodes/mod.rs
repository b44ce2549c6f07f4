//! The servers that the keys and channels are on: who serves what, a connection to each, and what to do when one does
//! not answer or serves something no longer.
//!
//! All of the module's commands go through [`Nodes::batch`], so that deadlines, redirects and the circuit breaker are in
//! one place. One round trip a node, whatever the number of commands.

mod breaker;
mod delivery;
mod dial;
mod node;
mod topology;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use redis::{Cmd, Pipeline, PushInfo, RedisResult, Value, aio::MultiplexedConnection};
use talkline_core::{Error, ErrorKind, Result};
use tokio::{sync::Notify, time::Instant};

pub(super) use self::{dial::Address, node::Node};
use self::{
    dial::Dialer,
    node::Failure,
    topology::{Topology, discover},
};
use super::{Config, Metrics, Mode, error, names};

/// Between two looks at who serves what, at least.
const LOOK: Duration = Duration::from_millis(100);
/// How long a start waits for Redis.
const START: Duration = Duration::from_secs(5);

/// See the module.
pub(super) struct Nodes {
    dialer: Dialer,
    mode: Mode,
    seeds: Vec<Address>,
    topology: RwLock<Arc<Topology>>,
    stale: Notify,
    timeout: Duration,
    metrics: Metrics,
}

impl Nodes {
    /// Finds the nodes.
    ///
    /// # Errors
    /// `Invalid` for settings that cannot work; `Unavailable` if nobody answers for some seconds.
    pub(super) async fn connect(config: &Config, metrics: Metrics) -> Result<Self> {
        let nodes = Self {
            dialer: Dialer::new(config, metrics.clone()).await?,
            mode: config.mode.clone(),
            seeds: seeds(config)?,
            topology: RwLock::new(Arc::new(Topology::unknown())),
            stale: Notify::new(),
            timeout: config.timeout,
            metrics,
        };
        let end = Instant::now() + START;
        let mut first = None;
        while let Err(error) = nodes.reach().await {
            let is_final = !error.is_retryable() || Instant::now() >= end;
            // Later ones only say that a node is known not to answer.
            let cause = first.get_or_insert(error);
            if is_final {
                return Err(cause.clone());
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(nodes)
    }

    async fn reach(&self) -> Result<()> {
        self.look()
            .await
            .map_err(|cause| error::failed("redis.connect", &cause))?;
        self.ping().await
    }

    /// Looks who serves what whenever something was not where it should be, for ever.
    pub(super) async fn keep(&self) {
        loop {
            self.stale.notified().await;
            if let Err(error) = self.look().await {
                // That nodes do not answer was logged when the first did not.
                tracing::debug!(%error, "who serves what cannot be found out");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look(&self) -> RedisResult<()> {
        let known = self.topology();
        let found = discover(&self.dialer, &self.mode, &self.seeds, &known).await?;
        if !found.is_like(&known) {
            self.metrics.topologies.inc();
            let nodes: Vec<_> = found.nodes().iter().map(|node| node.address().to_string()).collect();
            tracing::info!(?nodes, "Redis' nodes");
            *self.topology.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
        }
        Ok(())
    }

    /// Whether every node answers.
    pub(super) async fn ping(&self) -> Result<()> {
        let ping = Pipeline::new().cmd("PING").to_owned();
        for (_, answers) in self.everywhere("redis.ping", &ping).await? {
            for answer in answers {
                answer
                    .extract_error()
                    .map_err(|cause| error::failed("redis.ping", &cause))?;
            }
        }
        Ok(())
    }

    /// What every node answers to the same commands; errors of single commands are among it.
    pub(super) async fn everywhere(
        &self,
        operation: &'static str,
        commands: &Pipeline,
    ) -> Result<Vec<(Address, Vec<Value>)>> {
        let (topology, deadline) = (self.topology(), self.deadline());
        if topology.nodes().is_empty() {
            return Err(error::unavailable(operation, "no node is known"));
        }
        let asked = topology.nodes().iter().map(|node| async move {
            let sent = node.send(&self.dialer, &self.metrics, commands, deadline).await;
            Ok((
                node.address().clone(),
                sent.map_err(|failure| self.lost(operation, failure))?,
            ))
        });
        futures::future::join_all(asked).await.into_iter().collect()
    }

    /// What one of the nodes answers to some commands.
    pub(super) async fn at(
        &self,
        operation: &'static str,
        address: &Address,
        commands: &Pipeline,
    ) -> Result<Vec<Value>> {
        let node = self.topology().keep(address);
        let sent = node.send(&self.dialer, &self.metrics, commands, self.deadline()).await;
        sent.map_err(|failure| self.lost(operation, failure))
    }

    /// The answers to `commands`, each for the key or channel that it is led by, in their order. Errors of single
    /// commands are among them. A command may be executed twice, if the connection broke before its answer came.
    pub(super) async fn batch(&self, operation: &'static str, commands: Vec<(&str, Cmd)>) -> Result<Vec<Value>> {
        let begun = Instant::now();
        let answers = self.deliver(operation, commands, begun + self.timeout).await;
        self.metrics.call(operation, begun.elapsed().as_secs_f64());
        answers.map_err(|error| self.metrics.failure(operation, error))
    }

    /// The one answer to `command`.
    pub(super) async fn call(&self, operation: &'static str, key: &str, command: Cmd) -> Result<Value> {
        let mut answers = self.batch(operation, vec![(key, command)]).await?;
        let answer = answers.pop().ok_or_else(|| error::corrupt(operation, "no answer"))?;
        answer.extract_error().map_err(|cause| error::failed(operation, &cause))
    }

    /// The node of a key or channel, if one is known.
    pub(super) fn node(&self, name: &str) -> Option<Arc<Node>> {
        self.topology().node(names::slot(name)).cloned()
    }

    /// A connection to `node` whose pushes go to `receiver`; not if the node is known not to answer.
    pub(super) async fn listen(
        &self,
        node: &Node,
        receiver: impl Fn(PushInfo) -> Result<(), ()> + Send + Sync + 'static,
    ) -> Result<MultiplexedConnection> {
        let dialing = self.dialer.listen(node.address(), receiver);
        let opened = node.guarded(&self.metrics, self.deadline(), dialing).await;
        opened.map_err(|failure| self.lost("fan_out.connect", failure))
    }

    /// Something was not where it should be.
    pub(super) fn look_again(&self) {
        self.stale.notify_one();
    }

    /// When a call that begins now must have ended.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    fn topology(&self) -> Arc<Topology> {
        self.topology.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A node has no answer: perhaps another one is in its place.
    fn lost(&self, operation: &'static str, failure: Failure) -> Error {
        self.look_again();
        match failure {
            Failure::Silent => error::unavailable(operation, "the node is known not to answer"),
            Failure::Late => error::unavailable(operation, "no answer in time"),
            Failure::Redis(cause) => error::failed(operation, &cause),
        }
    }
}

fn seeds(config: &Config) -> Result<Vec<Address>> {
    let invalid = |cause: String| Error::new(ErrorKind::Invalid, "redis.connect", cause);
    if config.addresses.is_empty() {
        return Err(invalid("no address is given".to_owned()));
    }
    let parse = |text: &String| Address::parse(text).ok_or_else(|| invalid(format!("`{text}` is not host:port")));
    config.addresses.iter().map(parse).collect()
}
