//! Membership in the workers' group: a thread that answers the group, and what the group gives and takes.
//!
//! Everything that librdkafka wants answered is answered on this thread and needs no reader, so a slow or dead reader
//! never holds a rebalance up.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, ClientContext, Message as _, Offset, Statistics, TopicPartitionList,
    client::OAuthToken,
    config::{FromClientConfigAndContext as _, RDKafkaLogLevel},
    consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext},
    error::{KafkaError, KafkaResult},
    types::{RDKafkaErrorCode, RDKafkaRespErr},
};
use talkline_core::{Result, offset::Partition};
use tokio_util::sync::CancellationToken;

use super::{context::Context, error, holding::Holdings, lookup::Lookup};

/// How soon the thread sees that it should stop.
const POLL: Duration = Duration::from_millis(100);
/// How often what is done is committed: for whoever watches lag, so not for each batch.
const COMMIT: Duration = Duration::from_secs(1);

/// What librdkafka's callbacks of a member work on.
pub(super) struct Membership {
    context: Context,
    topic: String,
    pub(super) holdings: Arc<Holdings>,
}

/// A consumer that has joined, before its thread runs.
pub(super) struct Member {
    consumer: Arc<BaseConsumer<Membership>>,
    /// Closed by the thread, since that blocks.
    lookup: Arc<Lookup>,
    committed: HashMap<Partition, i64>,
}

impl Member {
    pub(super) fn join(client: &ClientConfig, context: Context, topic: &str, lookup: Lookup) -> Result<Self> {
        let membership = Membership {
            context,
            topic: topic.to_owned(),
            holdings: Arc::default(),
        };
        let join = || {
            let consumer = BaseConsumer::from_config_and_context(client, membership)?;
            consumer.subscribe(&[topic])?;
            Ok(consumer)
        };
        let consumer: KafkaResult<_> = join();
        Ok(Self {
            consumer: Arc::new(consumer.map_err(|cause| error::to_core("log.join", &cause))?),
            lookup: Arc::new(lookup),
            committed: HashMap::new(),
        })
    }

    pub(super) fn consumer(&self) -> Weak<BaseConsumer<Membership>> {
        Arc::downgrade(&self.consumer)
    }

    pub(super) fn lookup(&self) -> Weak<Lookup> {
        Arc::downgrade(&self.lookup)
    }

    pub(super) fn holdings(&self) -> Arc<Holdings> {
        Arc::clone(&self.consumer.context().holdings)
    }

    /// The thread's work, until `stop`; then leaves the group.
    pub(super) fn serve(mut self, stop: &CancellationToken) {
        let holdings = self.holdings();
        let mut commit = Instant::now() + COMMIT;
        while !stop.is_cancelled() {
            match self.consumer.poll(POLL) {
                None => {}
                Some(Ok(message)) => strayed(&holdings, message.partition()),
                Some(Err(cause)) => tracing::warn!(error = %cause, "the workers' group met an error"),
            }
            self.lookup.serve();
            holdings.open(&self.consumer, &self.consumer.context().topic);
            if Instant::now() >= commit {
                self.commit();
                commit = Instant::now() + COMMIT;
            }
        }
        self.commit();
        // Queues keep the consumer: without them, dropping it here leaves the group.
        for holding in holdings.all() {
            holding.close();
        }
    }

    fn commit(&mut self) {
        let membership = Arc::clone(self.consumer.context());
        for holding in membership.holdings.all() {
            let Some(done) = holding.done() else { continue };
            if self.committed.insert(holding.partition, done) != Some(done) {
                commit(&self.consumer, &membership.topic, holding.partition, done);
            }
        }
    }
}

/// A record in the common queue, where none should be: its reader must not go on past it.
fn strayed(holdings: &Holdings, partition: i32) {
    tracing::error!(partition, "a record came past its partition's queue: reading again");
    let holding = holdings
        .all()
        .into_iter()
        .find(|holding| holding.partition as i32 == partition);
    if let Some(holding) = holding {
        holding.fail(KafkaError::MessageConsumption(RDKafkaErrorCode::Inconsistent));
    }
}

/// For lag only: a commit that fails is followed by the next one.
fn commit(consumer: &BaseConsumer<Membership>, topic: &str, partition: Partition, done: i64) {
    let mut place = TopicPartitionList::new();
    let added = place.add_partition_offset(topic, partition as i32, Offset::Offset(done));
    if let Err(error) = added.and_then(|()| consumer.commit(&place, CommitMode::Async)) {
        tracing::debug!(partition, %error, "commit failed");
    }
}

impl Membership {
    fn take(&self, consumer: &BaseConsumer<Self>, taken: &TopicPartitionList) -> TopicPartitionList {
        let mut fetching = TopicPartitionList::new();
        for element in taken.elements() {
            let Some(holding) = self.holdings.remove(element.partition() as Partition) else {
                continue;
            };
            self.context.metrics.rebalanced();
            self.context.metrics.partition_left(holding.partition);
            if let Some(done) = holding.done().filter(|_| !consumer.assignment_lost()) {
                commit(consumer, &self.topic, holding.partition, done);
            }
            if holding.lose() {
                fetching.add_partition(&self.topic, element.partition());
            }
        }
        fetching
    }
}

impl ConsumerContext for Membership {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, what: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        // The group waits for both answers. Fetching begins later, when a reader says where.
        let answered = match what {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                for element in partitions.elements() {
                    self.context.metrics.rebalanced();
                    self.holdings.give(element.partition() as Partition);
                }
                consumer.incremental_assign(&TopicPartitionList::new())
            }
            _ => consumer.incremental_unassign(&self.take(consumer, partitions)),
        };
        if let Err(error) = answered {
            tracing::error!(%error, "the group was not answered");
        }
    }
}

impl ClientContext for Membership {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = Context::ENABLE_REFRESH_OAUTH_TOKEN;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.context.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.context.error(error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        self.context.brokers(&statistics);
        let Some(topic) = statistics.topics.get(&self.topic) else {
            return;
        };
        for holding in self.holdings.all() {
            if let Some(partition) = topic.partitions.get(&(holding.partition as i32)) {
                let end = Some(partition.hi_offset).filter(|end| *end >= 0);
                let lag = end.zip(holding.done()).map(|(end, done)| (end - done).max(0));
                self.context
                    .metrics
                    .partition(holding.partition, lag, partition.fetchq_cnt);
            }
        }
    }

    fn generate_oauth_token(&self, asked: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        self.context.generate_oauth_token(asked)
    }
}
