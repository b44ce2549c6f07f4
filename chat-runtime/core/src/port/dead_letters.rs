//! What an operator does with records that nobody could understand: look at them, and have them read once more.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    error::Result,
    offset::{Offset, Partition},
    time::Timestamp,
};

/// The records that [`Log::bury`](super::Log::bury) put aside.
///
/// Law:
/// 1. [`list`](DeadLetters::list) tells of what was buried and neither forgotten nor replayed, each once however often it was
///    buried, in the order of partition and offset.
/// 2. [`replay`](DeadLetters::replay) appends a letter's bytes as they were to the partition that they stood in; when it
///    returns they are durable there, and the letter is not listed any more. If it fails, the letter may still be listed
///    although its bytes are in the log again: every record can stand there more than once.
/// 3. A worker that still does not understand the bytes buries them anew, under their new place.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// The first `limit` letters at or behind a place, and no more of them in memory, however many there are.
    async fn list(&self, from: (Partition, Offset), limit: usize) -> Result<Vec<DeadLetter>>;

    /// Appends a letter's bytes again, for a program that understands them, and says where they are now.
    async fn replay(&self, letter: &DeadLetter) -> Result<(Partition, Offset)>;
}

/// A record that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The partition that it stands in.
    pub partition: Partition,
    /// Its place there.
    pub offset: Offset,
    /// Why it could not be understood.
    pub reason: String,
    /// When it was put aside.
    pub at: Timestamp,
    /// Its bytes, as appended.
    pub payload: Bytes,
}
