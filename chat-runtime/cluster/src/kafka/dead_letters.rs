//! Records that nobody could understand: put aside in a topic of their own, for an operator to list and to replay.
//!
//! The key is the record's place, so burying one again changes nothing that is read: of those with one key the first
//! counts, and Kafka's compaction deletes the rest. One that was replayed gets a record without a payload, Kafka's own
//! sign for a key that is gone. The reason and the place are headers, the payload is as it was.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use rdkafka::{
    Message, Offset as Number, TopicPartitionList,
    config::FromClientConfigAndContext as _,
    consumer::{BaseConsumer, Consumer as _, ConsumerContext},
    error::KafkaResult,
    message::{BorrowedMessage, Header, Headers as _, OwnedHeaders},
};
use talkline_core::{
    Error, ErrorKind, Result,
    offset::{Offset, Partition},
    port::{DeadLetter, DeadLetters, LogRecord},
    time::Timestamp,
};
use tokio::time::Instant;

use super::{client, context::Context, error, log::KafkaLog, producer::Outgoing};

const OPERATION: &str = "log.dead_letters";
const REASON: &str = "reason";
const PARTITION: &str = "partition";
const OFFSET: &str = "offset";
/// How long a poll may wait for the next letter.
const POLL: Duration = Duration::from_millis(100);
/// How long reading all of them may take.
const LISTING: Duration = Duration::from_secs(60);

/// Where a letter's record stands.
type Place = (Partition, Offset);

#[async_trait]
impl DeadLetters for KafkaLog {
    async fn list(&self, from: Place, limit: usize) -> Result<Vec<DeadLetter>> {
        let group = format!("{}dead-letters", self.config.topic_prefix);
        let client = client::reader(&self.config, &group);
        let (context, topic) = (self.producer.context().clone(), self.names.dead.clone());
        let list = move || {
            let reading = || Reading::begin(&client, context.clone(), &topic);
            reading()?.letters(&reading()?.gone()?, from, limit)
        };
        let listed = tokio::task::spawn_blocking(list).await;
        listed.map_err(|cause| error::task(OPERATION, cause))?
    }

    async fn replay(&self, letter: &DeadLetter) -> Result<Place> {
        if letter.partition >= self.partitions {
            let what = "the letter is of a partition that there is not";
            return Err(Error::new(ErrorKind::Invalid, "log.replay", what));
        }
        let record = Outgoing {
            topic: &self.names.commands,
            partition: letter.partition,
            // Its conversation is unknown: nobody could read it. The partition is where all its records are.
            key: None,
            payload: Some(&letter.payload),
            headers: None,
        };
        let number = self.producer.append(record).await?;
        self.remove(letter).await?;
        Ok((letter.partition, Offset::new(self.config.generation, number)))
    }
}

impl KafkaLog {
    /// Puts a record aside.
    pub(super) async fn put_aside(&self, partition: Partition, record: &LogRecord, reason: &str) -> Result<()> {
        let place = (partition, record.offset);
        self.write(place, Some(&record.payload), headers(place, Some(reason)))
            .await
    }

    async fn remove(&self, letter: &DeadLetter) -> Result<()> {
        let place = (letter.partition, letter.offset);
        self.write(place, None, headers(place, None)).await
    }

    async fn write(&self, place: Place, payload: Option<&[u8]>, headers: OwnedHeaders) -> Result<()> {
        let key = format!("{}/{}", place.0, place.1);
        let letter = Outgoing {
            topic: &self.names.dead,
            partition: 0,
            key: Some(key.as_bytes()),
            payload,
            headers: Some(headers),
        };
        self.producer.append(letter).await.map(drop)
    }
}

/// What is said about a record.
fn headers((partition, offset): Place, reason: Option<&str>) -> OwnedHeaders {
    let (partition, offset) = (partition.to_string(), offset.get().to_string());
    let place = [(PARTITION, partition.as_str()), (OFFSET, &offset)];
    let entries = place.into_iter().chain(reason.map(|reason| (REASON, reason)));
    entries.fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header {
            key,
            value: Some(value),
        })
    })
}

impl ConsumerContext for Context {}

/// The topic, from its beginning to the end that it has now. All of it blocks.
struct Reading<'a> {
    consumer: BaseConsumer<Context>,
    topic: &'a str,
    deadline: Instant,
}

impl<'a> Reading<'a> {
    fn begin(client: &rdkafka::ClientConfig, context: Context, topic: &'a str) -> Result<Self> {
        Ok(Self {
            consumer: BaseConsumer::from_config_and_context(client, context).map_err(failed)?,
            topic,
            deadline: Instant::now() + LISTING,
        })
    }

    /// What was replayed. It is said behind the letters, so whoever wants to hold no more of them than it shows has to know
    /// it before.
    fn gone(&self) -> Result<HashSet<Place>> {
        let mut gone = HashSet::new();
        self.each(|place, message| {
            match message.payload() {
                None => gone.insert(place),
                Some(_) => gone.remove(&place),
            };
        })?;
        Ok(gone)
    }

    fn letters(&self, gone: &HashSet<Place>, from: Place, limit: usize) -> Result<Vec<DeadLetter>> {
        let mut letters = BTreeMap::new();
        self.each(|place, message| {
            if place < from || gone.contains(&place) {
                return;
            }
            if let Some(letter) = letter(place, message) {
                letters.entry(place).or_insert(letter);
            }
            if letters.len() > limit {
                letters.pop_last();
            }
        })?;
        Ok(letters.into_values().collect())
    }

    /// Every record that is about some place.
    fn each(&self, mut look: impl FnMut(Place, &BorrowedMessage<'_>)) -> Result<()> {
        let mut ends = self.start()?;
        while !ends.is_empty() {
            if Instant::now() > self.deadline {
                let late = "not read to the end in time";
                return Err(Error::new(ErrorKind::Unavailable, OPERATION, late));
            }
            match self.consumer.poll(POLL) {
                Some(Ok(message)) => {
                    if let Some(place) = place(&message) {
                        look(place, &message);
                    }
                }
                Some(Err(cause)) => return Err(failed(cause)),
                None => {}
            }
            // A compacted topic has holes, also at its end: the position says how far it was read, no record does.
            let position = self.consumer.position().map_err(failed)?;
            ends.retain(|partition, end| {
                let reached = position
                    .find_partition(self.topic, *partition)
                    .and_then(|at| at.offset().to_raw());
                reached.is_none_or(|reached| reached < *end)
            });
        }
        Ok(())
    }

    /// Begins to read each partition, and gives the ends of those that hold something.
    fn start(&self) -> Result<BTreeMap<i32, i64>> {
        loop {
            match self.assign().map_err(failed) {
                // The leader of a topic that was just made, or moved, needs a moment.
                Err(error) if error.is_retryable() && Instant::now() < self.deadline => drop(self.consumer.poll(POLL)),
                assigned => return assigned,
            }
        }
    }

    fn assign(&self) -> KafkaResult<BTreeMap<i32, i64>> {
        let (consumer, topic) = (&self.consumer, self.topic);
        let metadata = consumer.fetch_metadata(Some(topic), LISTING)?;
        let mut places = TopicPartitionList::new();
        let mut ends = BTreeMap::new();
        for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
            let (first, end) = consumer.fetch_watermarks(topic, partition.id(), LISTING)?;
            if first < end {
                places.add_partition_offset(topic, partition.id(), Number::Offset(first))?;
                ends.insert(partition.id(), end);
            }
        }
        consumer.assign(&places)?;
        Ok(ends)
    }
}

fn failed(cause: rdkafka::error::KafkaError) -> Error {
    error::to_core(OPERATION, &cause)
}

fn header<'a>(message: &'a BorrowedMessage<'_>, name: &str) -> Option<&'a str> {
    let found = message.headers()?.iter().find(|header| header.key == name)?;
    std::str::from_utf8(found.value?).ok()
}

/// None for what is no letter: somebody else wrote into the topic.
fn place(message: &BorrowedMessage<'_>) -> Option<Place> {
    let offset = Offset::from_raw(header(message, OFFSET)?.parse().ok()?);
    Some((header(message, PARTITION)?.parse().ok()?, offset))
}

fn letter((partition, offset): Place, message: &BorrowedMessage<'_>) -> Option<DeadLetter> {
    Some(DeadLetter {
        partition,
        offset,
        reason: header(message, REASON)?.to_owned(),
        at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default()),
        payload: Bytes::copy_from_slice(message.payload()?),
    })
}
