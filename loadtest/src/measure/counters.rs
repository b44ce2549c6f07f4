//! Everything that is counted rather than timed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::Serialize;

/// Declares counters once: the live ones, and the same as plain numbers for the report.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The live counters of a run.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub $name: Count,)*
        }

        /// The counters at one moment.
        #[derive(Debug, Clone, Copy, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct Counted {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// Reads all of them.
            #[must_use]
            pub fn read(&self) -> Counted {
                Counted { $($name: self.$name.get(),)* }
            }
        }
    };
}

counters! {
    /// Messages written to a socket for the first time.
    sent,
    /// Messages acknowledged.
    acked,
    /// Messages acknowledged within the measured window.
    acked_in_window,
    /// Deliveries over sockets, the senders' own included.
    received,
    /// The same within the measured window.
    received_in_window,
    /// Messages that came by `chat:sync` first.
    recovered,
    /// Messages sent again: no acknowledgement in time, a lost connection, or a limit.
    retries,
    /// Sends that the server refused for good.
    refused,
    /// Sends that a limit put off.
    limited,
    /// Accepted messages that were rejected later.
    rejected,
    /// Intended sends given up because a user's backlog was full.
    shed,
    /// Sends that left more than 10 ms after their intended start although the connection stood: the harness was slow.
    late,
    /// Pages of history read.
    history_reads,
    /// Pages of history that could not be read.
    history_failures,
    /// Reads of history not made because the queue for them was full.
    history_skipped,
    /// Times a gap in live deliveries was seen.
    gaps,
    /// `chat:sync` asked.
    syncs,
    /// `chat:resync` received.
    resyncs,
    /// Connections lost.
    disconnects,
    /// Attempts to connect that failed.
    failed_connects,
    /// Payloads that were not as in the contract.
    malformed,
    /// Messages of conversations that are not under test.
    foreign,
    /// Samples that goose was not given, since it takes a few hundred a second at most.
    unsampled,
}

/// One counter.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more.
    pub fn one(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// So many now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
