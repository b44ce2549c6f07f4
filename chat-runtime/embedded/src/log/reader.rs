//! Reading a partition: from a place on, woken when there is more.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use talkline_core::{
    Error, ErrorKind, Result,
    checkpoint::{Anchor, Fingerprint},
    offset::{Offset, Partition},
    port::{Assignments, LogRecord, PartitionReader},
    trace::SpanContext,
};
use tokio::{sync::watch, time::Instant};

use super::{Seat, assignment::Holding};
use crate::database::{Database, integer, number};

/// How many records pile up below the committed place before they are deleted, and how many at most go at once.
const PRUNE: u64 = 2_000;
/// How long they pile up at most, if anything is committed at all: they hold what people wrote, who may want it gone.
const PRUNE_AFTER: Duration = Duration::from_secs(60 * 60);

/// The partitions of one worker.
pub(super) struct SqliteAssignments {
    database: Database,
    ends: Arc<[watch::Sender<Offset>]>,
    seat: Seat,
}

impl SqliteAssignments {
    pub(super) fn new(database: Database, ends: Arc<[watch::Sender<Offset>]>, seat: Seat) -> Self {
        Self { database, ends, seat }
    }
}

#[async_trait]
impl Assignments for SqliteAssignments {
    async fn next(&mut self) -> Result<Box<dyn PartitionReader>> {
        tokio::select! {
            holding = self.seat.next() => {
                let end = &self.ends[holding.partition as usize];
                Ok(Box::new(Reader {
                    database: self.database.clone(),
                    end: end.subscribe(),
                    holding,
                    position: Offset::ZERO,
                    pruned: Offset::ZERO,
                    pruned_at: Instant::now(),
                }))
            }
            () = self.database.closed() => Err(Error::new(ErrorKind::Closed, "log.assignments", "the log is closed")),
        }
    }
}

struct Reader {
    database: Database,
    end: watch::Receiver<Offset>,
    holding: Holding,
    position: Offset,
    pruned: Offset,
    pruned_at: Instant,
}

#[async_trait]
impl PartitionReader for Reader {
    fn partition(&self) -> Partition {
        self.holding.partition
    }

    fn is_held(&self) -> bool {
        self.holding.holds()
    }

    async fn seek(&mut self, offset: Offset) -> Result<()> {
        self.position = offset;
        Ok(())
    }

    async fn verify(&mut self, anchor: Anchor) -> Result<()> {
        let (partition, offset) = (self.holding.partition, anchor.offset);
        let query = move |connection: &Connection| payload(connection, partition, offset);
        let stands = self.database.read("log.verify", query).await?;
        let is_another = stands.is_some_and(|payload| Fingerprint::of(&payload) != anchor.fingerprint);
        if is_another || *self.end.borrow() <= offset {
            let what =
                format!("record {offset} of partition {partition} is not the one that was read: the log was made anew");
            return Err(Error::new(ErrorKind::Conflict, "log.verify", what));
        }
        Ok(())
    }

    async fn next_batch(&mut self, max: usize) -> Result<Option<Vec<LogRecord>>> {
        while self.holding.holds() {
            let (position, end) = (self.position, *self.end.borrow_and_update());
            if position < end {
                let partition = self.holding.partition;
                let query = move |connection: &Connection| records(connection, partition, position, max);
                let batch = self.database.read("log.next_batch", query).await?;
                // Without any, the records up to the end are those of other partitions.
                self.position = batch.last().map_or(end, |record| record.offset.next());
                if !batch.is_empty() {
                    return Ok(Some(batch));
                }
            }
            tokio::select! {
                _ = self.end.changed() => {}
                () = self.holding.lost() => {}
                () = self.database.closed() => {
                    return Err(Error::new(ErrorKind::Closed, "log.next_batch", "the log is closed"));
                }
            }
        }
        Ok(None)
    }

    async fn commit(&mut self, offset: Offset) -> Result<()> {
        let few = offset.get() < self.pruned.get().saturating_add(PRUNE);
        if few && self.pruned_at.elapsed() < PRUNE_AFTER {
            return Ok(());
        }
        let partition = self.holding.partition;
        let prune = move |connection: &Connection| prune(connection, partition, offset);
        let all = self.database.write("log.commit", prune).await?;
        if all {
            self.pruned = offset;
            self.pruned_at = Instant::now();
        }
        Ok(())
    }
}

/// What stands in a place, if it is one of the partition's and was not deleted.
fn payload(connection: &Connection, partition: Partition, offset: Offset) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT payload FROM log WHERE offset = ?1 AND partition = ?2")?
        .query_row(params![integer(offset.get()), partition], |row| row.get(0))
        .optional()
}

fn records(
    connection: &Connection,
    partition: Partition,
    position: Offset,
    max: usize,
) -> rusqlite::Result<Vec<LogRecord>> {
    let mut statement = connection.prepare_cached(
        "SELECT offset, payload, trace FROM log WHERE offset >= ?1 AND partition = ?2 ORDER BY offset LIMIT ?3",
    )?;
    let rows = statement.query_map(
        params![integer(position.get()), partition, integer(max as u64)],
        |row| {
            Ok(LogRecord {
                offset: Offset::from_raw(number(row.get(0)?)),
                payload: row.get::<_, Vec<u8>>(1)?.into(),
                trace: row.get_ref(2)?.as_blob_or_null()?.and_then(SpanContext::from_bytes),
            })
        },
    )?;
    rows.collect()
}

/// Deletes the oldest records below `offset`, and says whether that was all. The log's last record stays: the next
/// one's place follows from it.
fn prune(connection: &Connection, partition: Partition, offset: Offset) -> rusqlite::Result<bool> {
    let deleted = connection
        .prepare_cached(
            "DELETE FROM log WHERE offset IN (
                SELECT offset FROM log
                WHERE partition = ?1 AND offset < ?2 AND offset < (SELECT max(offset) FROM log)
                ORDER BY offset LIMIT ?3)",
        )?
        .execute(params![partition, integer(offset.get()), integer(2 * PRUNE)])?;
    Ok((deleted as u64) < 2 * PRUNE)
}
