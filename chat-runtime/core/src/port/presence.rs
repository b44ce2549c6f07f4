//! Presence: who is there. Never stored for long, and gone with the gateway that said so.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{error::Result, id::UserId, time::Timestamp};

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PresenceStatus {
    /// Connected and active.
    Online,
    /// Connected, and said to be away.
    Away,
    /// Not connected.
    #[default]
    Offline,
}

/// What is known of somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresenceState {
    /// Whether the user is there.
    pub status: PresenceStatus,
    /// When the user was there last; none if never seen.
    pub last_seen: Option<Timestamp>,
}

/// What became of a socket that opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is there; with the user's new state, if that changed something visible.
    Admitted(Option<PresenceState>),
    /// The user has as many sockets as they may: this one is not there, and nothing has changed.
    Refused,
}

/// Who is there.
///
/// Law:
/// 1. A user is there while at least one socket of theirs is: [`connected`](Presence::connected) and
///    [`disconnected`](Presence::disconnected) come in pairs, by gateway and socket id. The same call again changes
///    nothing.
/// 2. `Away` is a word of the user, for all their sockets; it ends with [`set`](Presence::set) or with the last socket.
/// 3. Sockets of a gateway that stopped calling [`heartbeat`](Presence::heartbeat) for the adapter's expiry are gone.
/// 4. Calls that change something visible return the new state, others `None`.
/// 5. A socket is refused if its user has `most` others, on whatever gateways; `most` 0 refuses none. Counting and adding
///    are one step: of sockets that open at once, no more are admitted than there is room for. One that is there is never
///    refused, and those that are gone (1, 3) do not count.
/// 6. What an adapter missed, because a call failed, or forgot, because it is a cache, it knows again with the gateway's
///    next [`heartbeat`](Presence::heartbeat), for whose sockets it is the same instance (but not who said to be away).
#[async_trait]
pub trait Presence: Send + Sync {
    /// A socket opened, of which a user may have `most`.
    async fn connected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<Admission>;

    /// A socket closed, if it was there.
    async fn disconnected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        now: Timestamp,
    ) -> Result<Option<PresenceState>>;

    /// The user says `Online` or `Away`; ignored for users that are not there.
    async fn set(&self, user: UserId, status: PresenceStatus, now: Timestamp) -> Result<Option<PresenceState>>;

    /// States, in the order asked.
    async fn get(&self, users: &[UserId]) -> Result<Vec<PresenceState>>;

    /// The gateway lives. Returns the users whose presence changed without a call that told so: another gateway's
    /// heartbeats ended, or an earlier call had failed (law 5).
    async fn heartbeat(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>>;
}
