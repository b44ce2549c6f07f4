//! The port.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use talkline_core::{
    Error, ErrorKind, Result,
    id::ConversationId,
    offset::{Offset, Partition, partition_of},
    port::{Assignments, Log, LogRecord},
    time::Timestamp,
    trace::SpanContext,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Config, client,
    group::Member,
    lookup::Lookup,
    producer::{Outgoing, Producer},
    reader::{Partitions, Source},
    topics::Names,
    trace_header,
};

/// How long a question about a partition may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The log on Kafka.
pub(super) struct KafkaLog {
    pub(super) config: Config,
    pub(super) producer: Arc<Producer>,
    pub(super) names: Names,
    pub(super) partitions: Partition,
    /// The threads of those who joined.
    pub(super) members: TaskTracker,
    pub(super) stop: CancellationToken,
}

#[async_trait]
impl Log for KafkaLog {
    async fn append(
        &self,
        key: ConversationId,
        record: Bytes,
        trace: Option<SpanContext>,
    ) -> Result<(Partition, Offset)> {
        let partition = partition_of(&key, self.partitions);
        let record = Outgoing {
            topic: &self.names.commands,
            partition,
            key: Some(key.as_bytes()),
            payload: Some(&record),
            headers: trace.map(trace_header::write),
        };
        let number = self.producer.append(record).await?;
        Ok((partition, Offset::new(self.config.generation, number)))
    }

    async fn join(&self) -> Result<Box<dyn Assignments>> {
        if self.stop.is_cancelled() {
            return Err(Error::new(ErrorKind::Closed, "log.join", "the log is closed"));
        }
        let context = self.producer.context().clone();
        let topic = &self.names.commands;
        let lookup = Lookup::new(&self.config, context.clone(), topic)?;
        let member = Member::join(&client::member(&self.config), context, topic, lookup)?;
        let stop = self.stop.child_token();
        let source = Source {
            consumer: member.consumer(),
            lookup: member.lookup(),
            topic: topic.as_str().into(),
            generation: self.config.generation,
            timeout: TIMEOUT,
        };
        let partitions = Partitions::new(member.holdings(), source, stop.clone());
        self.members.spawn_blocking(move || member.serve(&stop));
        Ok(Box::new(partitions))
    }

    async fn bury(&self, partition: Partition, record: &LogRecord, reason: &str) -> Result<()> {
        self.put_aside(partition, record, reason).await?;
        self.producer.context().metrics.dead_letter();
        Ok(())
    }

    /// The topic's own retention does it.
    async fn forget_buried(&self, _: Timestamp, _: usize) -> Result<usize> {
        Ok(0)
    }

    fn partitions(&self) -> Partition {
        self.partitions
    }
}
