//! A log of vectors.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

use crate::{
    error::Result,
    id::ConversationId,
    offset::{Offset, Partition, partition_of},
    port::{Assignments, Log, LogRecord, PartitionReader},
};

/// A log in memory. Every worker that joins gets every partition: that is how zombies look.
#[derive(Clone)]
pub struct MemoryLog(Arc<Inner>);

struct Inner {
    partitions: Vec<Mutex<Vec<Bytes>>>,
    dead: Mutex<Vec<(Partition, LogRecord, String)>>,
    grown: watch::Sender<()>,
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

    /// What was put aside.
    pub fn dead(&self) -> Vec<(Partition, LogRecord, String)> {
        self.0.dead.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Inner {
    fn read(&self, partition: Partition, from: u64, max: usize) -> Vec<LogRecord> {
        let records = self.partitions[partition as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let numbered = records.iter().enumerate().skip(from as usize).take(max);
        numbered
            .map(|(n, payload)| LogRecord {
                offset: Offset::new(0, n as u64),
                payload: payload.clone(),
            })
            .collect()
    }
}

#[async_trait]
impl Log for MemoryLog {
    async fn append(&self, key: ConversationId, record: Bytes) -> Result<(Partition, Offset)> {
        let partition = partition_of(&key, self.partitions());
        let mut records = self.0.partitions[partition as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        records.push(record);
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
            .any(|(p, r, _)| (*p, r.offset) == (partition, record.offset))
        {
            dead.push((partition, record.clone(), reason.to_owned()));
        }
        Ok(())
    }

    fn partitions(&self) -> Partition {
        self.0.partitions.len() as Partition
    }
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

    async fn seek(&mut self, offset: Offset) -> Result<()> {
        self.position = offset.number();
        Ok(())
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
