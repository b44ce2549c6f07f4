//! One record into the table: a single statement, so that a thousand of them share one sync at little cost each.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use rusqlite::{Connection, params};
use talkline_core::{
    Error, ErrorKind, Result,
    offset::{Offset, Partition},
    trace::SpanContext,
};
use tokio::sync::{oneshot, watch};

use crate::database::{Job, integer};

/// The job that appends a record.
pub(super) struct Append {
    partition: Partition,
    record: Bytes,
    trace: Option<SpanContext>,
    next: Arc<AtomicU64>,
    ends: Arc<[watch::Sender<Offset>]>,
    result: Result<Offset>,
    reply: oneshot::Sender<Result<Offset>>,
}

impl Append {
    /// The job, and where the record's place arrives once it is durable.
    pub(super) fn new(
        partition: Partition,
        record: Bytes,
        trace: Option<SpanContext>,
        next: Arc<AtomicU64>,
        ends: Arc<[watch::Sender<Offset>]>,
    ) -> (Self, oneshot::Receiver<Result<Offset>>) {
        let (reply, answer) = oneshot::channel();
        let job = Self {
            partition,
            record,
            trace,
            next,
            ends,
            result: Err(failed("the transaction ended before its turn")),
            reply,
        };
        (job, answer)
    }

    fn insert(&self, connection: &Connection) -> rusqlite::Result<Offset> {
        // A number that a failed transaction took is not used again: a gap, which the law allows.
        let offset = Offset::from_raw(self.next.fetch_add(1, Ordering::Relaxed));
        let trace = self.trace.map(SpanContext::to_bytes);
        connection
            .prepare_cached("INSERT INTO log (offset, partition, payload, trace) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                integer(offset.get()),
                self.partition,
                &self.record[..],
                trace.as_ref().map(<[u8; SpanContext::LENGTH]>::as_slice)
            ])?;
        Ok(offset)
    }
}

impl Job for Append {
    fn run(&mut self, connection: &Connection) {
        // One statement undoes itself when it fails: no savepoint.
        self.result = self.insert(connection).map_err(failed);
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let result = committed.and(self.result);
        if let (Ok(offset), Some(end)) = (&result, self.ends.get(self.partition as usize)) {
            let behind = offset.next();
            end.send_if_modified(|end| {
                let grew = *end < behind;
                *end = behind.max(*end);
                grew
            });
        }
        // A caller that no longer waits needs no answer.
        let _ = self.reply.send(result);
    }
}

fn failed(cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unavailable, "log.append", cause)
}
