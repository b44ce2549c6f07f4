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
    dead_letter::{self, DeadLetter},
    error,
    group::Member,
    producer::{Outgoing, Producer},
    reader::{Partitions, Source},
    topics::Names,
    trace_header,
};

/// How long a question about a partition may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long reading all dead letters may take.
const LISTING: Duration = Duration::from_secs(60);

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

impl KafkaLog {
    pub(super) async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        let group = format!("{}dead-letters", self.config.topic_prefix);
        let client = client::reader(&self.config, &group);
        let (context, topic) = (self.producer.context().clone(), self.names.dead.clone());
        let list = move || dead_letter::list(&client, context, &topic, LISTING);
        let listed = tokio::task::spawn_blocking(list).await;
        listed.map_err(|cause| error::task("log.dead_letters", cause))?
    }

    pub(super) async fn replay(&self, letter: &DeadLetter) -> Result<(Partition, Offset)> {
        if letter.partition >= self.partitions {
            let what = "the letter is of a partition that there is not";
            return Err(Error::new(ErrorKind::Invalid, "log.replay", what));
        }
        let record = Outgoing {
            topic: &self.names.commands,
            partition: letter.partition,
            // Its conversation is unknown: nobody could read it. The partition is where all its records are.
            key: None,
            payload: &letter.payload,
            headers: None,
        };
        let number = self.producer.append(record).await?;
        Ok((letter.partition, Offset::new(self.config.generation, number)))
    }
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
            payload: &record,
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
        let member = Member::join(&client::member(&self.config), context, &self.names.commands)?;
        let stop = self.stop.child_token();
        let source = Source {
            consumer: member.consumer(),
            topic: self.names.commands.as_str().into(),
            generation: self.config.generation,
            timeout: TIMEOUT,
        };
        let partitions = Partitions::new(member.holdings(), source, stop.clone());
        self.members.spawn_blocking(move || member.serve(&stop));
        Ok(Box::new(partitions))
    }

    async fn bury(&self, partition: Partition, record: &LogRecord, reason: &str) -> Result<()> {
        let key = dead_letter::key(partition, record.offset);
        let letter = Outgoing {
            topic: &self.names.dead,
            partition: 0,
            key: Some(key.as_bytes()),
            payload: &record.payload,
            headers: Some(dead_letter::headers(partition, record, reason)),
        };
        self.producer.append(letter).await?;
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
