//! What can be chosen about the embedded adapters. The defaults suit one laptop.

use std::time::Duration;

use talkline_core::offset::Partition;

/// What can be chosen. All bounds are per process.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many partitions the log of a *new* folder has, 1–16. An existing folder keeps its own number: the partition
    /// of a conversation follows from it.
    pub partitions: Partition,
    /// How many queries can read at the same time, each with a connection of its own.
    pub readers: usize,
    /// How many writes can wait for the writer. One more waits for room until its deadline, then it is refused.
    pub write_queue: usize,
    /// How long a call may take in all.
    pub deadline: Duration,
    /// How many signals wait in a fan-out subscriber's inbox before the next ones are lost.
    pub inbox: usize,
    /// How long the sockets of a gateway without heartbeat count as connected.
    pub presence_expiry: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            partitions: 1,
            readers: 4,
            write_queue: 4096,
            deadline: Duration::from_secs(5),
            inbox: 16_384,
            presence_expiry: Duration::from_secs(30),
        }
    }
}
