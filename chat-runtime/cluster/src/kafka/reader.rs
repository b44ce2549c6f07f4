//! Reading a partition from the store's mark on.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use async_trait::async_trait;
use rdkafka::consumer::BaseConsumer;
use talkline_core::{
    Error, ErrorKind, Result,
    checkpoint::{Anchor, Fingerprint},
    offset::{Offset, Partition},
    port::{Assignments, LogRecord, PartitionReader},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    error,
    group::Membership,
    holding::{Holding, Holdings},
    lookup::{Lookup, Place},
};

const SEEK: &str = "log.seek";
const VERIFY: &str = "log.verify";

/// What each reader knows of its log.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) consumer: Weak<BaseConsumer<Membership>>,
    pub(super) lookup: Weak<Lookup>,
    pub(super) topic: Arc<str>,
    pub(super) generation: u16,
    pub(super) timeout: Duration,
}

/// The partitions of one worker. It leaves the group when this and all its readers are dropped.
pub(super) struct Partitions {
    holdings: Arc<Holdings>,
    source: Source,
    closed: CancellationToken,
    membership: Arc<DropGuard>,
}

impl Partitions {
    /// `stop` ends the membership's thread.
    pub(super) fn new(holdings: Arc<Holdings>, source: Source, stop: CancellationToken) -> Self {
        Self {
            holdings,
            source,
            closed: stop.clone(),
            membership: Arc::new(stop.drop_guard()),
        }
    }
}

#[async_trait]
impl Assignments for Partitions {
    async fn next(&mut self) -> Result<Box<dyn PartitionReader>> {
        loop {
            if let Some(holding) = self.holdings.untold() {
                return Ok(Box::new(Reader {
                    holding,
                    source: self.source.clone(),
                    _membership: Arc::clone(&self.membership),
                }));
            }
            tokio::select! {
                () = self.holdings.given.notified() => {}
                () = self.closed.cancelled() => {
                    return Err(Error::new(ErrorKind::Closed, "log.assignments", "the log is closed"));
                }
            }
        }
    }
}

struct Reader {
    holding: Arc<Holding>,
    source: Source,
    /// Kept: who reads has not left.
    _membership: Arc<DropGuard>,
}

#[async_trait]
impl PartitionReader for Reader {
    fn partition(&self) -> Partition {
        self.holding.partition
    }

    fn is_held(&self) -> bool {
        !self.holding.lost.is_cancelled()
    }

    async fn seek(&mut self, offset: Offset) -> Result<()> {
        let number = self.source.number(offset)?;
        let (holding, source) = (Arc::clone(&self.holding), self.source.clone());
        let sought = tokio::task::spawn_blocking(move || source.seek(&holding, number)).await;
        sought.map_err(|cause| error::task(SEEK, cause))?
    }

    async fn verify(&mut self, anchor: Anchor) -> Result<()> {
        if anchor.offset.generation() != self.source.generation {
            return Ok(());
        }
        let (partition, source) = (self.holding.partition, self.source.clone());
        let verified = tokio::task::spawn_blocking(move || source.verify(partition, anchor)).await;
        verified.map_err(|cause| error::task(VERIFY, cause))?
    }

    async fn next_batch(&mut self, max: usize) -> Result<Option<Vec<LogRecord>>> {
        while !self.holding.lost.is_cancelled() {
            let fetched = self.holding.take(max);
            let fetched = fetched.map_err(|cause| error::to_core("log.next_batch", &cause))?;
            if !fetched.is_empty() {
                let record = |(number, payload, trace)| LogRecord {
                    offset: Offset::new(self.source.generation, number),
                    payload,
                    trace,
                };
                return Ok(Some(fetched.into_iter().map(record).collect()));
            }
            tokio::select! {
                () = self.holding.more.notified() => {}
                () = self.holding.lost.cancelled() => {}
            }
        }
        Ok(None)
    }

    async fn commit(&mut self, offset: Offset) -> Result<()> {
        if offset.generation() == self.source.generation {
            self.holding.set_done(offset.number());
        }
        Ok(())
    }
}

impl Source {
    /// The record's number at `offset`. A mark of an earlier generation is followed by this one's first record.
    fn number(&self, offset: Offset) -> Result<u64> {
        let (mark, configured) = (offset.generation(), self.generation);
        match mark.cmp(&configured) {
            std::cmp::Ordering::Less => Ok(0),
            std::cmp::Ordering::Equal => Ok(offset.number()),
            std::cmp::Ordering::Greater => Err(contradiction(&format!(
                "the mark is of generation {mark} and the configured one is {configured}: set generation to {mark}"
            ))),
        }
    }

    /// Begins to fetch from record `number` on, if it is there or is the next one.
    fn seek(&self, holding: &Holding, number: u64) -> Result<()> {
        // Without its clients the log was closed, and the holding is lost.
        let clients = self.consumer.upgrade().zip(self.lookup.upgrade());
        let Some((consumer, lookup)) = clients.filter(|_| !holding.lost.is_cancelled()) else {
            return Ok(());
        };
        let (first, end) = lookup.ends(holding.partition, self.timeout)?;
        self.check(holding.partition, number, first, end)?;
        let fetching = holding.fetch(&consumer, &self.topic, number);
        fetching.map_err(|cause| error::to_core(SEEK, &cause))?;
        holding.set_done(number);
        Ok(())
    }

    /// Whether the topic has the anchor.
    fn verify(&self, partition: Partition, anchor: Anchor) -> Result<()> {
        // Without a client the log was closed, and the holding is lost.
        let Some(lookup) = self.lookup.upgrade() else {
            return Ok(());
        };
        let (topic, number) = (&self.topic, anchor.offset.number());
        let what = match lookup.place(partition, number, self.timeout)? {
            Place::Record(payload) if Fingerprint::of(&payload) != anchor.fingerprint => {
                format!("record {number} of {topic}/{partition} is not the one that was read")
            }
            Place::Beyond(end) => {
                format!("record {number} of {topic}/{partition} was read and the topic ends at {end}")
            }
            Place::Record(_) | Place::Deleted => return Ok(()),
        };
        Err(self.made_anew(VERIFY, &what))
    }

    /// What lies outside of the log is never skipped: messages that were acknowledged would be lost without a word.
    fn check(&self, partition: Partition, number: u64, first: u64, end: u64) -> Result<()> {
        let topic = &self.topic;
        if number > end {
            let what = format!("the mark of {topic}/{partition} is {number} and the topic ends at {end}");
            return Err(self.made_anew(SEEK, &what));
        }
        if number < first {
            let lost = first - number;
            return Err(contradiction(&format!(
                "the mark of {topic}/{partition} is {number} and the topic begins at {first}: retention deleted \
                 {lost} records that no worker had done; restore them, or accept the loss by moving the mark"
            )));
        }
        Ok(())
    }

    fn made_anew(&self, operation: &'static str, what: &str) -> Error {
        let next = self.generation + 1;
        let what = format!("{what}: the topic was made anew; raise generation to {next}");
        Error::new(ErrorKind::Conflict, operation, what)
    }
}

fn contradiction(what: &str) -> Error {
    Error::new(ErrorKind::Conflict, SEEK, what)
}
