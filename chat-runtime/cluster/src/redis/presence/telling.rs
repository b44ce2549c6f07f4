//! Telling Redis what this process' gateways hold.

use redis::cmd;
use talkline_core::{
    Result,
    id::UserId,
    port::{PresenceState, PresenceStatus},
    time::Timestamp,
};

use super::{REMEMBERED, RedisPresence, held::Sockets, read};
use crate::redis::script::Run;

/// Users in one round trip.
pub(super) const TOGETHER: usize = 500;
/// Times that a user's sockets are said again at once because they changed meanwhile.
const AGAIN: usize = 4;

impl RedisPresence {
    /// Tells Redis which sockets of `user` this gateway holds. If that fails, the next sign of life tells it.
    pub(super) async fn tell(
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
    pub(super) async fn tell_once(
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

    /// Tells Redis about those in doubt, and returns for whom that changed something.
    pub(super) async fn settle(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>> {
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
