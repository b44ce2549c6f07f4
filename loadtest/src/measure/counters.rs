//! Everything that is counted rather than timed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

/// Declares counters once: the live ones, and the same as plain numbers for the report.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The live counters of a run.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub $name: Count,)*
        }

        /// The counters at one moment.
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
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

        impl std::ops::AddAssign for Counted {
            fn add_assign(&mut self, other: Self) {
                $(self.$name += other.$name;)*
            }
        }

        impl Counted {
            /// What was counted since an earlier moment.
            #[must_use]
            pub fn since(&self, earlier: &Self) -> Self {
                Self { $($name: self.$name.saturating_sub(earlier.$name),)* }
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
    /// REST requests that waited for a free goose user for more than 10 ms: `--crew` is too small for the rate.
    crowded,
    /// Requests of any kind, over sockets and REST, that were answered well.
    requests,
    /// The same within the measured window.
    requests_in_window,
    /// Events without an answer that were sent, as typing is.
    signals,
    /// Sockets opened and authenticated, the first ones included.
    connects,
    /// Pings of the server that were answered.
    pings,
    /// Times a gap in live deliveries was seen.
    gaps,
    /// `chat:sync` asked.
    syncs,
    /// `chat:resync` received.
    resyncs,
    /// Connections that a server asked to move elsewhere, one by one.
    asked_to_move,
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

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    /// So many now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
