//! Records that nobody could understand: put aside in a topic of their own, for an operator to list and to replay.
//!
//! The key is the record's place, so burying one again changes nothing that is read: of those with one key the first
//! counts, and Kafka's compaction deletes the rest. The reason and the place are headers, the payload is as it was.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use rdkafka::{
    Message, Offset as Place, TopicPartitionList,
    config::FromClientConfigAndContext as _,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext},
    error::KafkaResult,
    message::{BorrowedMessage, Header, Headers as _, OwnedHeaders},
};
use talkline_core::{
    Error, ErrorKind, Result,
    offset::{Offset, Partition},
    port::LogRecord,
    time::Timestamp,
};
use tokio::time::Instant;

use super::{context::Context, error};

const OPERATION: &str = "log.dead_letters";
const REASON: &str = "reason";
const PARTITION: &str = "partition";
const OFFSET: &str = "offset";
/// How long a poll may wait for the next letter.
const POLL: Duration = Duration::from_millis(100);

/// A record that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The partition that it stands in.
    pub partition: Partition,
    /// Its place there.
    pub offset: Offset,
    /// Why it could not be understood.
    pub reason: String,
    /// When it was put aside.
    pub at: Timestamp,
    /// Its bytes, as appended.
    pub payload: Bytes,
}

/// The key of a letter.
pub(super) fn key(partition: Partition, offset: Offset) -> String {
    format!("{partition}/{offset}")
}

/// What is said about it.
pub(super) fn headers(partition: Partition, record: &LogRecord, reason: &str) -> OwnedHeaders {
    let (partition, offset) = (partition.to_string(), record.offset.get().to_string());
    let entries = [(REASON, reason), (PARTITION, &partition), (OFFSET, &offset)];
    entries.into_iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header {
            key,
            value: Some(value),
        })
    })
}

impl ConsumerContext for Context {}

/// All letters that `topic` holds now, in the order of their places. Blocks, for at most `timeout`.
pub(super) fn list(
    client: &rdkafka::ClientConfig,
    context: Context,
    topic: &str,
    timeout: Duration,
) -> Result<Vec<DeadLetter>> {
    let deadline = Instant::now() + timeout;
    let failed = |cause| error::to_core(OPERATION, &cause);
    let consumer = BaseConsumer::from_config_and_context(client, context).map_err(failed)?;
    // The leader of a topic that was just made, or moved, needs a moment.
    let mut ends = loop {
        match assign(&consumer, topic, timeout).map_err(failed) {
            Err(error) if error.is_retryable() && Instant::now() < deadline => drop(consumer.poll(POLL)),
            assigned => break assigned?,
        }
    };
    let mut letters = BTreeMap::new();
    while !ends.is_empty() {
        if Instant::now() > deadline {
            return Err(Error::new(
                ErrorKind::Unavailable,
                OPERATION,
                "not read to the end in time",
            ));
        }
        match consumer.poll(POLL) {
            Some(Ok(message)) => {
                if let Some(letter) = letter(&message) {
                    letters.entry((letter.partition, letter.offset)).or_insert(letter);
                }
            }
            Some(Err(cause)) => return Err(failed(cause)),
            None => {}
        }
        // A compacted topic has holes, also at its end: the position says how far it was read, no record does.
        let position = consumer.position().map_err(failed)?;
        ends.retain(|partition, end| {
            let reached = position
                .find_partition(topic, *partition)
                .and_then(|at| at.offset().to_raw());
            reached.is_none_or(|reached| reached < *end)
        });
    }
    Ok(letters.into_values().collect())
}

/// Begins to read each partition, and gives the ends of those that hold something.
fn assign(consumer: &BaseConsumer<Context>, topic: &str, timeout: Duration) -> KafkaResult<BTreeMap<i32, i64>> {
    let metadata = consumer.fetch_metadata(Some(topic), timeout)?;
    let mut places = TopicPartitionList::new();
    let mut ends = BTreeMap::new();
    for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
        let (first, end) = consumer.fetch_watermarks(topic, partition.id(), timeout)?;
        if first < end {
            places.add_partition_offset(topic, partition.id(), Place::Offset(first))?;
            ends.insert(partition.id(), end);
        }
    }
    consumer.assign(&places)?;
    Ok(ends)
}

/// None for what is no letter: somebody else wrote into the topic.
fn letter(message: &BorrowedMessage<'_>) -> Option<DeadLetter> {
    let header = |name: &str| {
        let found = message.headers()?.iter().find(|header| header.key == name)?;
        std::str::from_utf8(found.value?).ok()
    };
    Some(DeadLetter {
        partition: header(PARTITION)?.parse().ok()?,
        offset: Offset::from_raw(header(OFFSET)?.parse().ok()?),
        reason: header(REASON)?.to_owned(),
        at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default()),
        payload: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
    })
}
