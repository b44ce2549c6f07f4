//! The log: a table that only grows at its end, and readers that are woken when it did.

mod append;
mod assignment;
mod dead_letters;
mod reader;

use std::sync::{Arc, atomic::AtomicU64};

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::params;
use talkline_core::{
    Error, ErrorKind, Result,
    id::ConversationId,
    offset::{Offset, Partition, partition_of},
    port::{Assignments, Log, LogRecord},
    time::Timestamp,
    trace::SpanContext,
};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use crate::database::{Database, OpenError, integer, number};
use append::Append;
use assignment::{Group, Seat};

/// The log in a data folder.
pub(crate) struct SqliteLog {
    database: Database,
    /// The next record's number; only the writer's thread moves it.
    next: Arc<AtomicU64>,
    /// By partition: the place behind the last durable record.
    ends: Arc<[watch::Sender<Offset>]>,
    group: Group,
}

impl SqliteLog {
    /// Continues behind the last record.
    pub(crate) async fn open(database: Database) -> Result<Self, OpenError> {
        let query = |connection: &rusqlite::Connection| {
            connection.query_row("SELECT coalesce(max(offset), 0) FROM log", [], |row| {
                row.get::<_, i64>(0)
            })
        };
        let last = database.read("log.open", query).await;
        // The first record is number 1: zero means "not in the log".
        let next = number(last.map_err(|cause| OpenError::unreadable(database.path(), cause))?) + 1;
        let end = Offset::from_raw(next);
        let partitions = database.partitions();
        Ok(Self {
            next: Arc::new(AtomicU64::new(next)),
            ends: (0..partitions).map(|_| watch::Sender::new(end)).collect(),
            group: Group::new(partitions),
            database,
        })
    }

    /// Appends to a partition; returns the record's place once it is durable.
    async fn put(&self, partition: Partition, record: Bytes, trace: Option<SpanContext>) -> Result<Offset> {
        const OPERATION: &str = "log.append";
        let deadline = Instant::now() + self.database.deadline();
        let (job, answer) = Append::new(partition, record, trace, Arc::clone(&self.next), Arc::clone(&self.ends));
        self.database.enqueue(OPERATION, Box::new(job)).await?;
        match timeout_at(deadline, answer).await {
            Ok(Ok(offset)) => offset,
            Ok(Err(_)) => Err(Error::new(ErrorKind::Closed, OPERATION, "the writer has stopped")),
            Err(_) => Err(Error::new(ErrorKind::Unavailable, OPERATION, "not written in time")),
        }
    }
}

#[async_trait]
impl Log for SqliteLog {
    async fn append(
        &self,
        key: ConversationId,
        record: Bytes,
        trace: Option<SpanContext>,
    ) -> Result<(Partition, Offset)> {
        let partition = partition_of(&key, self.partitions());
        Ok((partition, self.put(partition, record, trace).await?))
    }

    async fn join(&self) -> Result<Box<dyn Assignments>> {
        let seat = self.group.join();
        Ok(Box::new(reader::SqliteAssignments::new(
            self.database.clone(),
            Arc::clone(&self.ends),
            seat,
        )))
    }

    async fn bury(&self, partition: Partition, record: &LogRecord, reason: &str) -> Result<()> {
        let (record, reason) = (record.clone(), reason.to_owned());
        let bury = move |connection: &rusqlite::Connection| {
            connection
                .prepare_cached(
                    "INSERT INTO dead_letter (partition, offset, payload, reason, buried_at)
                     VALUES (?1, ?2, ?3, ?4, unixepoch() * 1000) ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    partition,
                    integer(record.offset.get()),
                    &record.payload[..],
                    reason
                ])?;
            Ok(())
        };
        self.database.write("log.bury", bury).await
    }

    async fn forget_buried(&self, before: Timestamp, limit: usize) -> Result<usize> {
        let forget = move |connection: &rusqlite::Connection| {
            connection
                .prepare_cached(
                    "DELETE FROM dead_letter WHERE (partition, offset) IN (
                        SELECT partition, offset FROM dead_letter WHERE buried_at < ?1 ORDER BY buried_at LIMIT ?2)",
                )?
                .execute(params![before.as_millis(), integer(limit as u64)])
        };
        self.database.write("log.forget_buried", forget).await
    }

    fn partitions(&self) -> Partition {
        self.database.partitions()
    }
}
