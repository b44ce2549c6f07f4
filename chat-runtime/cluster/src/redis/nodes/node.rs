//! One server: its connection for commands, opened when it is needed, and whether it answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::{Pipeline, RedisError, RedisResult, Value, aio::MultiplexedConnection};
use tokio::time::Instant;

use super::{
    breaker::Breaker,
    dial::{Address, Dialer},
};
use crate::redis::Metrics;

/// Why a node has no answer.
pub(super) enum Failure {
    /// It is known not to answer and was not asked.
    Silent,
    /// It did not answer in time.
    Late,
    /// It, or the way to it, failed.
    Redis(RedisError),
}

/// See the module.
pub(crate) struct Node {
    address: Address,
    connection: Mutex<Option<MultiplexedConnection>>,
    dialing: tokio::sync::Mutex<()>,
    breaker: Breaker,
}

impl Node {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            connection: Mutex::default(),
            dialing: tokio::sync::Mutex::default(),
            breaker: Breaker::default(),
        }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The raw answers to `commands`, errors of single commands among them.
    pub(super) async fn send(
        &self,
        dialer: &Dialer,
        metrics: &Metrics,
        commands: &Pipeline,
        deadline: Instant,
    ) -> Result<Vec<Value>, Failure> {
        let sent = async {
            let mut connection = self.connection(dialer).await?;
            connection.send_packed_commands(commands, 0, commands.len()).await
        };
        self.guarded(metrics, deadline, sent).await
    }

    /// Does something with this node that shows whether it answers; not if it is known not to.
    pub(super) async fn guarded<T>(
        &self,
        metrics: &Metrics,
        deadline: Instant,
        doing: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, Failure> {
        if !self.breaker.admits() {
            return Err(Failure::Silent);
        }
        let outcome = match tokio::time::timeout_at(deadline, doing).await {
            Ok(outcome) => outcome.map_err(Failure::Redis),
            Err(_) => Err(Failure::Late),
        };
        match &outcome {
            Ok(_) => self.answers(),
            Err(failure) => self.fails(failure, metrics),
        }
        outcome
    }

    fn answers(&self) {
        if self.breaker.succeeded() {
            tracing::info!(node = %self.address, "Redis answers again");
        }
    }

    fn fails(&self, failure: &Failure, metrics: &Metrics) {
        let cause = match failure {
            Failure::Redis(error) => error.to_string(),
            Failure::Silent | Failure::Late => "no answer in time".to_owned(),
        };
        if matches!(failure, Failure::Redis(error) if error.is_unrecoverable_error()) {
            *self.slot() = None;
        }
        if self.breaker.failed() {
            // Whatever is wrong with it, the probe goes over a new connection.
            *self.slot() = None;
            metrics.silences.inc();
            tracing::warn!(node = %self.address, cause, "Redis does not answer; until it does, calls fail at once");
        }
    }

    /// The connection; if there is none, one caller opens it and the others wait.
    async fn connection(&self, dialer: &Dialer) -> RedisResult<MultiplexedConnection> {
        if let Some(open) = self.open() {
            return Ok(open);
        }
        let _alone = self.dialing.lock().await;
        if let Some(open) = self.open() {
            return Ok(open);
        }
        let opened = dialer.open(&self.address).await?;
        *self.slot() = Some(opened.clone());
        Ok(opened)
    }

    fn open(&self) -> Option<MultiplexedConnection> {
        self.slot().clone()
    }

    fn slot(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
