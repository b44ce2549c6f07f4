//! A partition in the hands of this worker: what was fetched of it waits here for its reader.
//!
//! The group's thread gives and takes; a reader reads. Fetching starts with the reader's `seek` and not with the gift,
//! since only the store knows where to begin; so a partition that nobody reads costs nothing and can always be taken.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _, base_consumer::PartitionQueue},
    error::{KafkaError, KafkaResult},
};
use talkline_core::{offset::Partition, trace::SpanContext};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{group::Membership, trace_header};

/// A record's number, bytes and trace.
pub(super) type Fetched = (u64, Bytes, Option<SpanContext>);

/// One holding of a partition; given again after it was taken, it is another one.
pub(super) struct Holding {
    pub(super) partition: Partition,
    pub(super) lost: CancellationToken,
    pub(super) more: Notify,
    /// Everything below is done; −1 before anything is.
    done: AtomicI64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    queue: Option<PartitionQueue<Membership>>,
    /// Whether librdkafka fetches: it refuses to end what has not begun.
    fetching: bool,
    /// Below it records are left from before a seek.
    from: u64,
    failed: Option<KafkaError>,
}

impl Holding {
    pub(super) fn new(partition: Partition) -> Self {
        Self {
            partition,
            lost: CancellationToken::new(),
            more: Notify::new(),
            done: AtomicI64::new(-1),
            inner: Mutex::default(),
        }
    }

    /// Takes the partition's records out of the consumer's common queue; before fetching begins, so that none is there.
    pub(super) fn open(self: &Arc<Self>, consumer: &Arc<BaseConsumer<Membership>>, topic: &str) {
        let Some(mut queue) = consumer.split_partition_queue(topic, self.partition as i32) else {
            tracing::error!(partition = self.partition, "the partition has no queue");
            return;
        };
        let weak = Arc::downgrade(self);
        queue.set_nonempty_callback(move || {
            if let Some(holding) = weak.upgrade() {
                holding.more.notify_one();
            }
        });
        self.inner().queue = Some(queue);
    }

    /// Fetches from record `number` on, and no more what was fetched before. Does nothing for a partition that is lost.
    pub(super) fn fetch(&self, consumer: &BaseConsumer<Membership>, topic: &str, number: u64) -> KafkaResult<()> {
        let mut inner = self.inner();
        if self.lost.is_cancelled() {
            return Ok(());
        }
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(topic, self.partition as i32, Offset::Offset(number as i64))?;
        // Ended and begun again, not sought: a partition that failed can do the one and not the other.
        if std::mem::take(&mut inner.fetching) {
            consumer.incremental_unassign(&place)?;
        }
        consumer.incremental_assign(&place)?;
        inner.fetching = true;
        inner.from = number;
        inner.failed = None;
        Ok(())
    }

    /// What was fetched, up to `max` records, without waiting.
    pub(super) fn take(&self, max: usize) -> KafkaResult<Vec<Fetched>> {
        let mut inner = self.inner();
        let mut records = Vec::new();
        while records.len() < max && inner.failed.is_none() {
            let Some(queue) = &inner.queue else { break };
            match queue.poll(Duration::ZERO) {
                None => break,
                Some(Ok(message)) => {
                    let number = message.offset() as u64;
                    if number >= inner.from {
                        let payload = Bytes::copy_from_slice(message.payload().unwrap_or_default());
                        records.push((number, payload, trace_header::read(&message)));
                    }
                }
                Some(Err(cause)) => inner.failed = Some(cause),
            }
        }
        match (records.is_empty(), inner.failed.take()) {
            (true, Some(cause)) => Err(cause),
            (_, failed) => {
                inner.failed = failed;
                Ok(records)
            }
        }
    }

    /// A failure that the reader is told instead of records.
    pub(super) fn fail(&self, cause: KafkaError) {
        self.inner().failed = Some(cause);
        self.more.notify_one();
    }

    /// Ends it for the reader. Whether it was being fetched and is still to be ended for librdkafka.
    pub(super) fn lose(&self) -> bool {
        let mut inner = self.inner();
        self.lost.cancel();
        inner.queue = None;
        std::mem::take(&mut inner.fetching)
    }

    /// Ends it for the reader alone.
    pub(super) fn close(&self) {
        let mut inner = self.inner();
        self.lost.cancel();
        inner.queue = None;
    }

    pub(super) fn set_done(&self, number: u64) {
        self.done.fetch_max(number as i64, Ordering::Relaxed);
    }

    /// Everything below is done, if it is known.
    pub(super) fn done(&self) -> Option<i64> {
        let done = self.done.load(Ordering::Relaxed);
        (done >= 0).then_some(done)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The holdings of one worker.
#[derive(Default)]
pub(super) struct Holdings {
    by_partition: Mutex<BTreeMap<Partition, Entry>>,
    /// Somebody waits for a partition.
    pub(super) given: Notify,
}

struct Entry {
    holding: Arc<Holding>,
    state: State,
}

/// How far a gift has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Given,
    Open,
    Told,
}

impl Holdings {
    pub(super) fn give(&self, partition: Partition) {
        let entry = Entry {
            holding: Arc::new(Holding::new(partition)),
            state: State::Given,
        };
        if let Some(before) = self.entries().insert(partition, entry) {
            before.holding.close();
        }
    }

    pub(super) fn remove(&self, partition: Partition) -> Option<Arc<Holding>> {
        Some(self.entries().remove(&partition)?.holding)
    }

    /// Gives each new partition its queue, and wakes who waits for one.
    pub(super) fn open(&self, consumer: &Arc<BaseConsumer<Membership>>, topic: &str) {
        let mut entries = self.entries();
        for entry in entries.values_mut().filter(|entry| entry.state == State::Given) {
            entry.holding.open(consumer, topic);
            entry.state = State::Open;
            self.given.notify_one();
        }
    }

    /// A partition that nobody was told of yet.
    pub(super) fn untold(&self) -> Option<Arc<Holding>> {
        let mut entries = self.entries();
        let entry = entries.values_mut().find(|entry| entry.state == State::Open)?;
        entry.state = State::Told;
        Some(Arc::clone(&entry.holding))
    }

    pub(super) fn all(&self) -> Vec<Arc<Holding>> {
        self.entries()
            .values()
            .map(|entry| Arc::clone(&entry.holding))
            .collect()
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Partition, Entry>> {
        self.by_partition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
