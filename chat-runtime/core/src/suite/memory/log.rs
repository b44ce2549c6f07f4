//! A log of vectors.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

use crate::{
    checkpoint::Anchor,
    error::{Error, ErrorKind, Result},
    id::ConversationId,
    offset::{Offset, Partition, partition_of},
    port::{Assignments, Log, LogRecord, PartitionReader},
    time::Timestamp,
    trace::SpanContext,
};

/// A log in memory. Every worker that joins gets every partition: that is how zombies look.
#[derive(Clone)]
pub struct MemoryLog(Arc<Inner>);

/// A record, and the trace that it belongs to.
type Kept = (Bytes, Option<SpanContext>);

struct Inner {
    partitions: Vec<Mutex<Vec<Kept>>>,
    dead: Mutex<Vec<Dead>>,
    grown: watch::Sender<()>,
}

/// A record that was put aside.
#[derive(Clone, Debug)]
struct Dead {
    partition: Partition,
    record: LogRecord,
    reason: String,
    at: Timestamp,
}

impl MemoryLog {
    /// An empty log.
    pub fn new(partitions: Partition) -> Self {
        let partitions = (0..partitions).map(|_| Mutex::default()).collect();
        Self(Arc::new(Inner {
            partitions,
            dead: Mutex::default(),
            grown: watch::Sender::new(()),
        }))
    }

    /// Loses all records, as a log does that is made anew.
    pub fn lose(&self) {
        for records in &self.0.partitions {
            records.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// What was put aside.
    pub fn dead(&self) -> Vec<(Partition, LogRecord, String)> {
        let dead = self.0.dead.lock().unwrap_or_else(PoisonError::into_inner).clone();
        dead.into_iter().map(|d| (d.partition, d.record, d.reason)).collect()
    }
}

impl Inner {
    fn read(&self, partition: Partition, from: u64, max: usize) -> Vec<LogRecord> {
        let records = self.partitions[partition as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let numbered = records.iter().enumerate().skip(from as usize).take(max);
        numbered
            .map(|(n, (payload, trace))| LogRecord {
                offset: Offset::new(0, n as u64),
                payload: payload.clone(),
                trace: *trace,
            })
            .collect()
    }
}

#[async_trait]
impl Log for MemoryLog {
    async fn append(
        &self,
        key: ConversationId,
        record: Bytes,
        trace: Option<SpanContext>,
    ) -> Result<(Partition, Offset)> {
        let partition = partition_of(&key, self.partitions());
        let mut records = self.0.partitions[partition as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        records.push((record, trace));
        self.0.grown.send_replace(());
        Ok((partition, Offset::new(0, records.len() as u64 - 1)))
    }

    async fn join(&self) -> Result<Box<dyn Assignments>> {
        Ok(Box::new(All {
            log: self.0.clone(),
            left: (0..self.partitions()).collect(),
        }))
    }

    async fn bury(&self, partition: Partition, record: &LogRecord, reason: &str) -> Result<()> {
        let mut dead = self.0.dead.lock().unwrap_or_else(PoisonError::into_inner);
        if !dead
            .iter()
            .any(|d| (d.partition, d.record.offset) == (partition, record.offset))
        {
            dead.push(Dead {
                partition,
                record: record.clone(),
                reason: reason.to_owned(),
                at: now(),
            });
        }
        Ok(())
    }

    async fn forget_buried(&self, before: Timestamp, limit: usize) -> Result<usize> {
        let mut dead = self.0.dead.lock().unwrap_or_else(PoisonError::into_inner);
        let old = dead.iter().take_while(|d| d.at < before).take(limit).count();
        Ok(dead.drain(..old).count())
    }

    fn partitions(&self) -> Partition {
        self.0.partitions.len() as Partition
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(since.as_millis() as i64)
}

struct All {
    log: Arc<Inner>,
    left: Vec<Partition>,
}

#[async_trait]
impl Assignments for All {
    async fn next(&mut self) -> Result<Box<dyn PartitionReader>> {
        match self.left.pop() {
            Some(partition) => {
                let grown = self.log.grown.subscribe();
                Ok(Box::new(Reader {
                    log: self.log.clone(),
                    partition,
                    position: 0,
                    grown,
                }))
            }
            None => std::future::pending().await,
        }
    }
}

struct Reader {
    log: Arc<Inner>,
    partition: Partition,
    position: u64,
    grown: watch::Receiver<()>,
}

#[async_trait]
impl PartitionReader for Reader {
    fn partition(&self) -> Partition {
        self.partition
    }

    fn is_held(&self) -> bool {
        true
    }

    async fn seek(&mut self, offset: Offset) -> Result<()> {
        self.position = offset.number();
        Ok(())
    }

    async fn verify(&mut self, anchor: Anchor) -> Result<()> {
        let stands = self.log.read(self.partition, anchor.offset.number(), 1);
        match stands.first().map(Anchor::of) == Some(anchor) {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Conflict, "log.verify", "the log was made anew")),
        }
    }

    async fn next_batch(&mut self, max: usize) -> Result<Option<Vec<LogRecord>>> {
        loop {
            self.grown.mark_unchanged();
            let batch = self.log.read(self.partition, self.position, max);
            if let Some(last) = batch.last() {
                self.position = last.offset.next().number();
                return Ok(Some(batch));
            }
            if self.grown.changed().await.is_err() {
                return Ok(None);
            }
        }
    }

    async fn commit(&mut self, _offset: Offset) -> Result<()> {
        Ok(())
    }
}
