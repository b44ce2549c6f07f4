//! Single records, asked for beside the group: who reads is not disturbed, and on connections without long polls the answer is there at once.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    config::FromClientConfigAndContext as _,
    consumer::{BaseConsumer, Consumer as _},
    error::KafkaError,
};
use talkline_core::{Error, ErrorKind, Result, offset::Partition};

use super::{Config, client, context::Context, error};

const OPERATION: &str = "log.lookup";

/// What stands in a place of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A record, of these bytes.
    Record(Bytes),
    /// Nothing any more: retention has been there.
    Deleted,
    /// Nothing yet: this is how many records there were.
    Beyond(u64),
}

/// A client that looks places up, one at a time.
pub(super) struct Lookup {
    consumer: Mutex<BaseConsumer<Context>>,
    topic: String,
}

impl Lookup {
    pub(super) fn new(config: &Config, context: Context, topic: &str) -> Result<Self> {
        let consumer = BaseConsumer::from_config_and_context(&client::lookup(config), context);
        Ok(Self {
            consumer: Mutex::new(consumer.map_err(failed)?),
            topic: topic.to_owned(),
        })
    }

    /// Answers what librdkafka asks of its application, such as for a new token: to be called now and then. It can wait while a place is
    /// looked up.
    pub(super) fn serve(&self) {
        if let Ok(consumer) = self.consumer.try_lock() {
            // Without an assignment no records come.
            drop(consumer.poll(Duration::ZERO));
        }
    }

    /// The number of the first record that is there, and of the next one that comes. Blocks, for up to `timeout`.
    pub(super) fn ends(&self, partition: Partition, timeout: Duration) -> Result<(u64, u64)> {
        ends(&self.consumer(), &self.topic, partition, timeout)
    }

    /// What stands in place `number`. Blocks, for up to `timeout` a request.
    pub(super) fn place(&self, partition: Partition, number: u64, timeout: Duration) -> Result<Place> {
        let consumer = self.consumer();
        let (first, end) = ends(&consumer, &self.topic, partition, timeout)?;
        if number < first {
            return Ok(Place::Deleted);
        }
        if number >= end {
            return Ok(Place::Beyond(end));
        }
        let mut assigned = TopicPartitionList::new();
        let place = Offset::Offset(number as i64);
        let begun = assigned.add_partition_offset(&self.topic, partition as i32, place);
        begun.and_then(|()| consumer.assign(&assigned)).map_err(failed)?;
        let found = first_record(&consumer, number, Instant::now() + timeout);
        consumer.unassign().map_err(failed)?;
        found
    }

    fn consumer(&self) -> MutexGuard<'_, BaseConsumer<Context>> {
        self.consumer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ends(consumer: &BaseConsumer<Context>, topic: &str, partition: Partition, timeout: Duration) -> Result<(u64, u64)> {
    let ends = consumer.fetch_watermarks(topic, partition as i32, timeout);
    let (first, end) = ends.map_err(failed)?;
    Ok((first as u64, end as u64))
}

/// The first record that comes: librdkafka drops those of the assignment before.
fn first_record(consumer: &BaseConsumer<Context>, number: u64, deadline: Instant) -> Result<Place> {
    let left = deadline.saturating_duration_since(Instant::now());
    let Some(polled) = consumer.poll(left) else {
        let what = format!("record {number} was not read in time");
        return Err(Error::new(ErrorKind::Unavailable, OPERATION, what));
    };
    let message = polled.map_err(failed)?;
    Ok(match message.offset() as u64 == number {
        true => Place::Record(Bytes::copy_from_slice(message.payload().unwrap_or_default())),
        false => Place::Deleted,
    })
}

fn failed(cause: KafkaError) -> Error {
    error::to_core(OPERATION, &cause)
}
