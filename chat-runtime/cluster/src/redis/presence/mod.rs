//! Presence that all gateways share.
//!
//! A user's sockets lie in one hash, which one script changes at a time; which users a gateway has, and when each
//! gateway was heard of, in keys of their own, so that whoever finds a gateway silent knows whom it took along. What a
//! gateway holds is known to its process as well (`held`), and said again when Redis may believe something else: it
//! forgot, it was away when a socket came or went, or somebody took this gateway for dead. A part is said again with
//! every sign of life in any case: a node of a cluster may have forgotten what the others have not.

mod held;
mod life;
mod telling;
mod turns;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::{Cmd, FromRedisValue, Value, cmd, from_redis_value};
use talkline_core::{
    Result,
    id::UserId,
    port::{Admission, Presence, PresenceState, PresenceStatus},
    time::Timestamp,
};

use self::{held::Held, turns::Turns};
use super::{
    Metrics, error,
    names::Names,
    nodes::Nodes,
    script::{OneKey, Run},
};

/// How long the time of a user's leaving is remembered; and the longest that anything here outlives its last gateway.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Signs of life after which everything was said again.
const ROUND: usize = 12;

/// See the module.
pub(super) struct RedisPresence {
    nodes: Arc<Nodes>,
    names: Names,
    held: Held,
    turns: Turns,
    expiry: Duration,
    hold: OneKey,
    set: OneKey,
    beat: OneKey,
    metrics: Metrics,
}

impl RedisPresence {
    pub(super) fn new(nodes: Arc<Nodes>, names: Names, expiry: Duration, metrics: Metrics) -> Self {
        Self {
            nodes,
            names,
            held: Held::default(),
            turns: Turns::new(),
            expiry,
            hold: OneKey::new(include_str!("hold.lua")),
            set: OneKey::new(include_str!("set.lua")),
            beat: OneKey::new(include_str!("beat.lua")),
            metrics,
        }
    }
}

#[async_trait]
impl Presence for RedisPresence {
    async fn connected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<Admission> {
        let _turn = self.turns.of(user).await;
        if self.held.has(gateway, user, socket) {
            return Ok(Admission::Admitted(None));
        }
        let asked = self.admit(gateway, user, OneMore { socket, most }, now).await;
        if !matches!(asked, Ok(Admission::Refused)) {
            self.held.add(gateway, user, socket);
        }
        if asked.is_err() {
            self.held.failed(gateway, [user]);
        }
        asked
    }

    async fn disconnected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        now: Timestamp,
    ) -> Result<Option<PresenceState>> {
        let _turn = self.turns.of(user).await;
        self.held.remove(gateway, user, socket);
        self.tell(gateway, user, now).await
    }

    async fn set(&self, user: UserId, status: PresenceStatus, _: Timestamp) -> Result<Option<PresenceState>> {
        let away = match status {
            PresenceStatus::Online => "0",
            PresenceStatus::Away => "1",
            // Only the sockets say who is gone.
            PresenceStatus::Offline => return Ok(None),
        };
        let run = Run {
            key: self.names.user(user),
            arguments: vec![away.into()],
        };
        let answer = self
            .set
            .run(&self.nodes, "presence.set", &[run])
            .await?
            .pop()
            .unwrap_or(Value::Nil);
        let since: Option<i64> = read("presence.set", answer)?;
        Ok(since.map(|since| PresenceState {
            status,
            last_seen: Some(Timestamp::from_millis(since)),
        }))
    }

    async fn get(&self, users: &[UserId]) -> Result<Vec<PresenceState>> {
        let operation = "presence.get";
        let keys: Vec<_> = users.iter().map(|user| self.names.user(*user)).collect();
        let questions = keys.iter().map(|key| (key.as_str(), question(key)));
        let answers = self.nodes.batch(operation, questions.collect()).await?;
        let state = |answer: Value| {
            let answer = answer
                .extract_error()
                .map_err(|cause| error::failed(operation, &cause))?;
            read(operation, answer).map(stored)
        };
        answers.into_iter().map(state).collect()
    }

    async fn heartbeat(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>> {
        let silent = self.live("presence.heartbeat", gateway, now).await?;
        self.held.doubt_some(gateway, ROUND);
        let mut changed = self.settle(gateway, now).await?;
        for silent in silent {
            changed.extend(self.bury(&silent, now).await?);
        }
        Ok(changed)
    }
}

/// A socket that may be let in, if its user does not have as many as there may be.
struct OneMore<'a> {
    socket: &'a str,
    /// 0: any number.
    most: u32,
}

/// Asks for `since`, `away` and `seen` of a user.
fn question(key: &str) -> Cmd {
    let mut command = cmd("HMGET");
    command.arg(key).arg("since").arg("away").arg("seen");
    command
}

/// What [`question`] is answered.
fn stored((since, away, seen): (Option<i64>, Option<i64>, Option<i64>)) -> PresenceState {
    PresenceState {
        status: match (since, away) {
            (None, _) => PresenceStatus::Offline,
            (Some(_), None) => PresenceStatus::Online,
            (Some(_), Some(_)) => PresenceStatus::Away,
        },
        last_seen: since.or(seen).map(Timestamp::from_millis),
    }
}

fn read<T: FromRedisValue>(operation: &'static str, answer: Value) -> Result<T> {
    from_redis_value(answer).map_err(|cause| error::corrupt(operation, &cause.to_string()))
}
