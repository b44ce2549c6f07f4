//! What the core needs of the outside, as traits. A trait's documentation is its law; `crate::suite` checks the law on
//! any adapter.
//!
//! All calls are bounded in time by the adapter and end in [`crate::Error`] of kind
//! [`Unavailable`](crate::ErrorKind::Unavailable) when the bound is over. A call that failed may nevertheless have
//! taken effect; every call that writes can be repeated.

mod accounts;
mod clock;
mod dead_letters;
mod expiry;
mod fan_out;
mod limits;
mod log;
mod presence;
mod recent;
mod search;
mod spans;
mod store;

pub use accounts::{Accounts, NewSession, Profile, Rotation, UserPage};
pub use clock::Clock;
pub use dead_letters::{DeadLetter, DeadLetters};
pub use expiry::{Due, Overdue, Purged};
pub use fan_out::{FanOut, Inbox, Subscription};
pub use limits::Limits;
pub use log::{Assignments, Log, LogRecord, PartitionReader};
pub use presence::{Admission, Presence, PresenceState, PresenceStatus};
pub use recent::{LEASE, LIFE, Lease, MOST_MEMBERS, Newest, Reach, Recalled, Recent, Step};
pub use search::{Hit, Place, Scope, Search, SearchPage, SearchQuery};
pub use spans::Spans;
pub use store::{
    Changes, Conflict, ConversationRow, Head, Listing, Mailbox, MarkUpdate, Membership, Page, Range, Store,
    StoredRejection,
};
