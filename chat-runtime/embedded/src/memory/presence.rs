//! Presence within one process: the sockets of each user, and when each gateway was heard of.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use moka::sync::Cache;
use talkline_core::{
    Result,
    id::UserId,
    port::{Admission, Presence, PresenceState, PresenceStatus},
    time::Timestamp,
};

/// For how many users that are not there the time of their leaving is remembered.
const REMEMBERED: u64 = 100_000;

/// Who is there.
pub(crate) struct MemoryPresence {
    present: Mutex<Present>,
    last_seen: Cache<UserId, Timestamp>,
    expiry: Duration,
}

#[derive(Default)]
struct Present {
    users: HashMap<UserId, Sockets>,
    heartbeats: HashMap<Arc<str>, Timestamp>,
}

/// A socket by its gateway's name and its own.
#[derive(PartialEq, Eq)]
struct Socket {
    gateway: Arc<str>,
    id: Box<str>,
}

/// The sockets of one user. Most have one or two, and there are many users, so this is a list.
struct Sockets {
    open: Vec<Socket>,
    away: bool,
    since: Timestamp,
}

impl MemoryPresence {
    /// Sockets of a gateway without heartbeat for `expiry` are gone.
    pub(crate) fn new(expiry: Duration) -> Self {
        Self {
            present: Mutex::default(),
            last_seen: Cache::new(REMEMBERED),
            expiry,
        }
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gone(&self, user: UserId, now: Timestamp) -> PresenceState {
        self.last_seen.insert(user, now);
        PresenceState {
            status: PresenceStatus::Offline,
            last_seen: Some(now),
        }
    }
}

#[async_trait]
impl Presence for MemoryPresence {
    async fn connected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<Admission> {
        let mut present = self.present();
        let socket = Socket {
            gateway: present.heard_of(gateway, now),
            id: socket.into(),
        };
        let sockets = present.users.entry(user).or_insert_with(|| Sockets::new(now));
        Ok(sockets.admit(socket, most as usize))
    }

    async fn disconnected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        now: Timestamp,
    ) -> Result<Option<PresenceState>> {
        let mut present = self.present();
        let Some(sockets) = present.users.get_mut(&user) else {
            return Ok(None);
        };
        sockets
            .open
            .retain(|open| *open.gateway != *gateway || *open.id != *socket);
        if !sockets.open.is_empty() {
            return Ok(None);
        }
        present.users.remove(&user);
        Ok(Some(self.gone(user, now)))
    }

    async fn set(&self, user: UserId, status: PresenceStatus, _: Timestamp) -> Result<Option<PresenceState>> {
        let away = match status {
            PresenceStatus::Online => false,
            PresenceStatus::Away => true,
            // Only the sockets say who is gone.
            PresenceStatus::Offline => return Ok(None),
        };
        let mut present = self.present();
        let changed = present.users.get_mut(&user).filter(|sockets| sockets.away != away);
        Ok(changed.map(|sockets| {
            sockets.away = away;
            sockets.state()
        }))
    }

    async fn get(&self, users: &[UserId]) -> Result<Vec<PresenceState>> {
        let present = self.present();
        let state = |user: &UserId| match present.users.get(user) {
            Some(sockets) => sockets.state(),
            None => PresenceState {
                status: PresenceStatus::Offline,
                last_seen: self.last_seen.get(user),
            },
        };
        Ok(users.iter().map(state).collect())
    }

    async fn heartbeat(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>> {
        let mut present = self.present();
        present.heard_of(gateway, now);
        let gone = present.expire(now, self.expiry);
        for user in &gone {
            self.gone(*user, now);
        }
        Ok(gone)
    }
}

impl Present {
    /// A gateway gave a sign of life. Answers its name, which all its sockets share.
    fn heard_of(&mut self, gateway: &str, now: Timestamp) -> Arc<str> {
        let name = match self.heartbeats.get_key_value(gateway) {
            Some((name, _)) => name.clone(),
            None => gateway.into(),
        };
        let last = self.heartbeats.entry(name.clone()).or_insert(now);
        *last = now.max(*last);
        name
    }

    /// Forgets the gateways that were not heard of for `expiry`, and returns who is gone with them.
    fn expire(&mut self, now: Timestamp, expiry: Duration) -> Vec<UserId> {
        let before = now.as_millis().saturating_sub(expiry.as_millis() as i64);
        let heard = self.heartbeats.len();
        self.heartbeats.retain(|_, last| last.as_millis() >= before);
        if self.heartbeats.len() == heard {
            return Vec::new();
        }
        let heartbeats = &self.heartbeats;
        let without = |(user, sockets): (UserId, &mut Sockets)| {
            sockets.open.retain(|socket| heartbeats.contains_key(&socket.gateway));
            sockets.open.is_empty().then_some(user)
        };
        let gone: Vec<_> = self
            .users
            .iter_mut()
            .map(|(user, sockets)| (*user, sockets))
            .filter_map(without)
            .collect();
        for user in &gone {
            self.users.remove(user);
        }
        gone
    }
}

impl Sockets {
    fn new(since: Timestamp) -> Self {
        Self {
            open: Vec::with_capacity(1),
            away: false,
            since,
        }
    }

    /// The first one always finds room, so a refusal leaves nobody here without a socket.
    fn admit(&mut self, socket: Socket, most: usize) -> Admission {
        let first = self.open.is_empty();
        if self.open.contains(&socket) {
            return Admission::Admitted(None);
        }
        if most > 0 && self.open.len() >= most {
            return Admission::Refused;
        }
        self.open.push(socket);
        Admission::Admitted(first.then(|| self.state()))
    }

    fn state(&self) -> PresenceState {
        PresenceState {
            status: if self.away {
                PresenceStatus::Away
            } else {
                PresenceStatus::Online
            },
            last_seen: Some(self.since),
        }
    }
}
