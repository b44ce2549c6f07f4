//! Presence that all gateways share.
//!
//! A user's sockets lie in one hash, which one script changes at a time; which users a gateway has, and when each
//! gateway was heard of, in keys of their own, so that whoever finds a gateway silent knows whom it took along. What a
//! gateway holds is known to its process as well (`held`), and said again when Redis may believe something else: it
//! forgot, it was away when a socket came or went, or somebody took this gateway for dead. A part is said again with
//! every sign of life in any case: a node of a cluster may have forgotten what the others have not.

mod held;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::{Cmd, FromRedisValue, Value, cmd, from_redis_value};
use talkline_core::{
    Result,
    id::UserId,
    port::{Presence, PresenceState, PresenceStatus},
    time::Timestamp,
};

use self::held::{Held, Sockets};
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
/// Users in one round trip.
const TOGETHER: usize = 500;
/// Times that a user's sockets are said again at once because they changed meanwhile.
const AGAIN: usize = 4;

/// See the module.
pub(super) struct RedisPresence {
    nodes: Arc<Nodes>,
    names: Names,
    held: Held,
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
            expiry,
            hold: OneKey::new(include_str!("hold.lua")),
            set: OneKey::new(include_str!("set.lua")),
            beat: OneKey::new(include_str!("beat.lua")),
            metrics,
        }
    }

    /// Tells Redis which sockets of `user` this gateway holds. If that fails, the next sign of life tells it.
    async fn tell(
        &self,
        operation: &'static str,
        gateway: &str,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<PresenceState>> {
        let mut changed = None;
        for _ in 0..AGAIN {
            let sockets = self.held.sockets(gateway, user);
            let told = self
                .tell_once(operation, gateway, &[(user, sockets.clone())], now)
                .await;
            match told {
                Ok(news) => changed = news.into_iter().next().map(|(_, state)| state).or(changed),
                Err(error) => {
                    self.held.doubt(gateway, [user]);
                    return Err(error);
                }
            }
            // Another call may have overtaken this one, and its word been taken back.
            if self.held.sockets(gateway, user) == sockets {
                return Ok(changed);
            }
        }
        self.held.doubt(gateway, [user]);
        Ok(changed)
    }

    /// Tells Redis which sockets of these users this gateway holds, and returns for whom that changed something. A user
    /// is listed with the gateway for longer than they are there, so that they are found if the gateway dies.
    async fn tell_once(
        &self,
        operation: &'static str,
        gateway: &str,
        users: &[(UserId, Sockets)],
        now: Timestamp,
    ) -> Result<Vec<(UserId, PresenceState)>> {
        let (here, gone): (Vec<_>, Vec<_>) = users.iter().partition(|(_, sockets)| !sockets.is_empty());
        self.list(operation, "SADD", gateway, here.iter().map(|(user, _)| *user))
            .await?;
        let runs: Vec<_> = users
            .iter()
            .map(|(user, sockets)| self.holding(gateway, *user, sockets, now))
            .collect();
        let changes = self.hold.run(&self.nodes, operation, &runs).await?;
        self.list(operation, "SREM", gateway, gone.iter().map(|(user, _)| *user))
            .await?;
        let mut news = Vec::new();
        for ((user, _), change) in users.iter().zip(changes) {
            news.extend(state(&read::<String>(operation, change)?, now).map(|state| (*user, state)));
        }
        Ok(news)
    }

    async fn list(
        &self,
        operation: &'static str,
        change: &str,
        gateway: &str,
        users: impl ExactSizeIterator<Item = UserId>,
    ) -> Result<()> {
        if users.len() == 0 {
            return Ok(());
        }
        let key = self.names.users_of(gateway);
        let mut command = cmd(change);
        command.arg(&key);
        for user in users {
            command.arg(user.to_string());
        }
        self.nodes.call(operation, &key, command).await.map(drop)
    }

    fn holding(&self, gateway: &str, user: UserId, sockets: &[Box<str>], now: Timestamp) -> Run {
        let mut arguments = vec![
            gateway.as_bytes().to_vec(),
            now.as_millis().to_string().into(),
            REMEMBERED.as_millis().to_string().into(),
        ];
        arguments.extend(sockets.iter().map(|socket| socket.as_bytes().to_vec()));
        Run {
            key: self.names.user(user),
            arguments,
        }
    }

    /// The gateway lives. Whom Redis may be wrong about is in doubt afterwards. Returns the gateways that are silent.
    async fn live(&self, operation: &'static str, gateway: &str, now: Timestamp) -> Result<Vec<String>> {
        let run = Run {
            key: self.names.gateways(),
            arguments: vec![
                gateway.into(),
                now.as_millis().to_string().into(),
                self.expiry.as_millis().to_string().into(),
            ],
        };
        let answer = self
            .beat
            .run(&self.nodes, operation, &[run])
            .await?
            .pop()
            .unwrap_or(Value::Nil);
        let (known, silent): (bool, Vec<String>) = read(operation, answer)?;
        if !known {
            self.held.doubt_all(gateway);
        }
        if self.held.is_new(gateway) {
            // One of the same name may have died here lately.
            let left = self.users_of(operation, gateway).await?;
            self.held.doubt(gateway, left);
            self.held.introduced(gateway);
        }
        Ok(silent)
    }

    /// Tells Redis about those in doubt, and returns for whom that changed something.
    async fn settle(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>> {
        let mut changed = Vec::new();
        for _ in 0..AGAIN {
            let mut overtaken = Vec::new();
            loop {
                let some = self.held.take_unsure(gateway, TOGETHER);
                if some.is_empty() {
                    break;
                }
                match self.tell_once("presence.heartbeat", gateway, &some, now).await {
                    Ok(news) => changed.extend(news.into_iter().map(|(user, _)| user)),
                    Err(error) => {
                        self.held.doubt(gateway, some.into_iter().map(|(user, _)| user));
                        return Err(error);
                    }
                }
                self.metrics.announced.inc_by(some.len() as u64);
                let is_overtaken = |(user, told): &(UserId, Sockets)| self.held.sockets(gateway, *user) != *told;
                overtaken.extend(some.into_iter().filter(is_overtaken).map(|(user, _)| user));
            }
            if overtaken.is_empty() {
                break;
            }
            self.held.doubt(gateway, overtaken);
        }
        Ok(changed)
    }

    /// The users of a silent gateway are told to be gone, and it is forgotten last, so that whoever dies in between is
    /// followed by another. If it lives after all, it finds itself forgotten and tells everything again.
    async fn bury(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>> {
        let operation = "presence.heartbeat";
        let users = self.users_of(operation, gateway).await?;
        let mut gone = Vec::new();
        for some in users.chunks(TOGETHER) {
            let nothing: Vec<_> = some.iter().map(|user| (*user, Sockets::new())).collect();
            let news = self.tell_once(operation, gateway, &nothing, now).await?;
            gone.extend(news.into_iter().map(|(user, _)| user));
        }
        let (list, gateways) = (self.names.users_of(gateway), self.names.gateways());
        let (mut delete, mut forget) = (cmd("DEL"), cmd("ZREM"));
        delete.arg(&list);
        forget.arg(&gateways).arg(gateway);
        self.nodes.call(operation, &list, delete).await?;
        self.nodes.call(operation, &gateways, forget).await?;
        Ok(gone)
    }

    async fn users_of(&self, operation: &'static str, gateway: &str) -> Result<Vec<UserId>> {
        let key = self.names.users_of(gateway);
        let mut command = cmd("SMEMBERS");
        command.arg(&key);
        let users: Vec<String> = read(operation, self.nodes.call(operation, &key, command).await?)?;
        Ok(users.iter().filter_map(|user| user.parse().ok()).collect())
    }

    fn question(&self, key: &str) -> Cmd {
        let mut command = cmd("HMGET");
        command.arg(key).arg("since").arg("away").arg("seen");
        command
    }
}

#[async_trait]
impl Presence for RedisPresence {
    async fn connected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        now: Timestamp,
    ) -> Result<Option<PresenceState>> {
        let operation = "presence.connected";
        self.held.add(gateway, user, socket);
        if self.held.is_new(gateway) {
            self.held.doubt(gateway, [user]);
            self.live(operation, gateway, now).await?;
        }
        self.tell(operation, gateway, user, now).await
    }

    async fn disconnected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        now: Timestamp,
    ) -> Result<Option<PresenceState>> {
        self.held.remove(gateway, user, socket);
        self.tell("presence.disconnected", gateway, user, now).await
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
        let questions = keys.iter().map(|key| (key.as_str(), self.question(key)));
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

/// `since`, `away` and `seen` of a user.
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

/// What a change that the script tells makes of a user.
fn state(change: &str, now: Timestamp) -> Option<PresenceState> {
    let status = match change {
        "came" => PresenceStatus::Online,
        "left" => PresenceStatus::Offline,
        _ => return None,
    };
    Some(PresenceState {
        status,
        last_seen: Some(now),
    })
}

fn read<T: FromRedisValue>(operation: &'static str, answer: Value) -> Result<T> {
    from_redis_value(answer).map_err(|cause| error::corrupt(operation, &cause.to_string()))
}
