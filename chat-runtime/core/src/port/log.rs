//! The log: where a message is safe before anything else happens to it.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    checkpoint::Anchor,
    error::Result,
    id::ConversationId,
    offset::{Offset, Partition},
    time::Timestamp,
    trace::SpanContext,
};

/// A durable, partitioned, append-only log.
///
/// Law:
/// 1. When [`append`](Log::append) returns, the record survives the loss of any one process or disk cache: it has been
///    synced (embedded) or replicated (Kafka, `acks=all`).
/// 2. All records of a conversation go to one partition, for ever, and keep the order in which appends that did not
///    overlap returned.
/// 3. Offsets of a partition only grow. There may be gaps.
/// 4. A record may stand in the log more than once (an append that failed may have taken effect).
/// 5. A record is read with the trace that it was appended with. One without, as nearly all are, pays nothing for it.
/// 6. A full queue answers [`Overloaded`](crate::ErrorKind::Overloaded) or waits, up to the adapter's deadline.
#[async_trait]
pub trait Log: Send + Sync {
    /// Appends `record` under `key` and returns its place once it is durable. `trace` is the request's, if that is sampled.
    async fn append(
        &self,
        key: ConversationId,
        record: Bytes,
        trace: Option<SpanContext>,
    ) -> Result<(Partition, Offset)>;

    /// Joins the workers that share the partitions.
    async fn join(&self) -> Result<Box<dyn Assignments>>;

    /// Puts a record aside whose bytes cannot be understood, with the reason, for an operator to look at. The same one
    /// again (partition and offset) changes nothing.
    async fn bury(&self, partition: Partition, record: &LogRecord, reason: &str) -> Result<()>;

    /// Removes for good what was put aside before `before`, the oldest first and up to `limit`; says how many.
    async fn forget_buried(&self, before: Timestamp, limit: usize) -> Result<usize>;

    /// How many partitions there are. Frozen once used; a key's partition is [`crate::offset::partition_of`].
    fn partitions(&self) -> Partition;
}

/// The partitions given to one worker.
#[async_trait]
pub trait Assignments: Send {
    /// Waits for the next partition that is given to this worker. The same one can come again after it was taken away.
    async fn next(&mut self) -> Result<Box<dyn PartitionReader>>;
}

/// One partition in the hands of one worker. Another worker may already have it too: nothing may rest on being alone.
#[async_trait]
pub trait PartitionReader: Send {
    /// The partition.
    fn partition(&self) -> Partition;

    /// Whether it is this worker's still, as far as it knows.
    fn is_held(&self) -> bool;

    /// Reads from `offset` on: the store's mark. Must be called first.
    async fn seek(&mut self, offset: Offset) -> Result<()>;

    /// Checks that this is the log that `anchor` was read from, wherever it reads meanwhile. One that has another record in its place,
    /// or ends below it, was made anew: a [`Conflict`](crate::ErrorKind::Conflict). An anchor that is gone, as what is done may be,
    /// says nothing.
    async fn verify(&mut self, anchor: Anchor) -> Result<()>;

    /// Waits for at least one record and returns up to `max`, in order; `None` once the partition was taken away. Dropped before it
    /// returns, it has taken nothing.
    async fn next_batch(&mut self, max: usize) -> Result<Option<Vec<LogRecord>>>;

    /// Says that everything below `offset` is done: for lag and for pruning, never for correctness.
    async fn commit(&mut self, offset: Offset) -> Result<()>;
}

/// A record as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Its place.
    pub offset: Offset,
    /// Its bytes, as appended.
    pub payload: Bytes,
    /// The trace that it was appended with.
    pub trace: Option<SpanContext>,
}
