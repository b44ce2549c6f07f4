//! The live side: deadlines, intervals and bounds of what happens between a client's event and everybody's screens.

use std::{num::NonZeroU32, time::Duration};

/// The live side.
#[derive(Clone, Debug)]
pub struct Realtime {
    /// How long the log may take to make a record durable.
    pub append_timeout: Duration,
    /// How long a worker may take to answer a command.
    pub answer_timeout: Duration,
    /// Commands that may wait for their answer; the next one is refused with `OVERLOADED`.
    pub max_waiting: usize,
    /// Receipts are gathered for this long before they are written in one go. Their socket's next event waits so long;
    /// under load, those that come during a write gather by themselves.
    pub receipt_window: Duration,
    /// Receipts that may wait to be written; the next one is refused with `OVERLOADED`.
    pub max_receipts: usize,
    /// Who neither types on nor stops stops by itself after this.
    pub typing_expiry: Duration,
    /// How often conversations that were lately active are compared with the store.
    pub heads_interval: Duration,
    /// Memberships that are remembered, counted in members.
    pub remembered_members: u64,
    /// Conversations that one answer to `chat:sync` goes into; the others of the question come with `hasMore`.
    pub sync_conversations: usize,
    /// Messages, and changes, per conversation in an answer to `chat:sync`.
    pub sync_page: usize,
    /// Conversations that one socket can look at.
    pub max_viewed: usize,
    /// How long rejections are told: no longer than the store keeps them.
    pub rejections_kept: Duration,
    /// How long a drain takes at most: who has not moved elsewhere by then is closed.
    pub drain_grace: Duration,
    /// Sockets that a drain asks to move per minute, so that the other gateways are not stormed. None asks all of them
    /// within the first half of the grace period, which is also how it is if this many would take longer.
    pub drain_pace: Option<NonZeroU32>,
}

impl Default for Realtime {
    fn default() -> Self {
        Self {
            append_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(8),
            max_waiting: 10_000,
            receipt_window: Duration::from_millis(5),
            max_receipts: 10_000,
            typing_expiry: Duration::from_secs(6),
            heads_interval: Duration::from_secs(10),
            remembered_members: 1_000_000,
            sync_conversations: 50,
            sync_page: 200,
            max_viewed: 16,
            rejections_kept: Duration::from_secs(7 * 24 * 60 * 60),
            drain_grace: Duration::from_secs(10),
            drain_pace: None,
        }
    }
}
