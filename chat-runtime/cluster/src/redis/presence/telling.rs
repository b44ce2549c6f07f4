//! Telling Redis what this process' gateways hold.

use std::collections::HashSet;

use redis::{Value, cmd};
use talkline_core::{
    Result,
    id::UserId,
    port::{Admission, PresenceState, PresenceStatus},
    time::Timestamp,
};

use super::{OneMore, REMEMBERED, RedisPresence, held::Sockets, read};
use crate::redis::script::Run;

/// Users in one round trip.
pub(super) const TOGETHER: usize = 500;
impl RedisPresence {
    /// Tells Redis which sockets of `user` this gateway holds, and of one more that asks to be let in.
    pub(super) async fn admit(
        &self,
        gateway: &str,
        user: UserId,
        one_more: OneMore<'_>,
        now: Timestamp,
    ) -> Result<Admission> {
        let operation = "presence.connected";
        if self.held.is_new(gateway) {
            self.live(operation, gateway, now).await?;
        }
        // Listed before it is there, and for longer: so that whoever finds the gateway dead finds the user.
        self.list(operation, "SADD", gateway, std::iter::once(user)).await?;
        let sockets = self.held.sockets(gateway, user);
        let run = self.holding(gateway, user, &sockets, Some(one_more), now);
        let answers = self.hold.run(&self.nodes, operation, &[run]).await?;
        let change: String = read(operation, answers.into_iter().next().unwrap_or(Value::Nil))?;
        Ok(match change.as_str() {
            "full" => Admission::Refused,
            change => Admission::Admitted(state(change, now)),
        })
    }

    /// Tells Redis which sockets of `user` this gateway holds. If that fails, the next sign of life tells it.
    pub(super) async fn tell(&self, gateway: &str, user: UserId, now: Timestamp) -> Result<Option<PresenceState>> {
        let sockets = self.held.sockets(gateway, user);
        let told = self
            .tell_once("presence.disconnected", gateway, &[(user, sockets)], now)
            .await;
        if told.is_err() {
            self.held.failed(gateway, [user]);
        }
        Ok(told?.into_iter().next().map(|(_, state)| state))
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
            .map(|(user, sockets)| self.holding(gateway, *user, sockets, None, now))
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

    fn holding(
        &self,
        gateway: &str,
        user: UserId,
        sockets: &[Box<str>],
        one_more: Option<OneMore<'_>>,
        now: Timestamp,
    ) -> Run {
        let OneMore { socket, most } = one_more.unwrap_or(OneMore { socket: "", most: 0 });
        let mut arguments = vec![
            gateway.as_bytes().to_vec(),
            now.as_millis().to_string().into(),
            REMEMBERED.as_millis().to_string().into(),
            most.to_string().into(),
            socket.as_bytes().to_vec(),
        ];
        arguments.extend(sockets.iter().map(|socket| socket.as_bytes().to_vec()));
        Run {
            key: self.names.user(user),
            arguments,
        }
    }

    /// Tells Redis about those in doubt, and returns for whom that changed something, or a call before it may have.
    pub(super) async fn settle(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>> {
        let mut changed = Vec::new();
        loop {
            let _turn = self.turns.of_everybody().await;
            let some = self.held.take_unsure(gateway, TOGETHER);
            if some.is_empty() {
                return Ok(changed);
            }
            match self.tell_once("presence.heartbeat", gateway, &some, now).await {
                Ok(news) => {
                    let mut of: HashSet<_> = self.held.untold(gateway, &some).into_iter().collect();
                    of.extend(news.into_iter().map(|(user, _)| user));
                    changed.extend(of);
                }
                Err(error) => {
                    self.held.failed(gateway, some.into_iter().map(|(user, _)| user));
                    return Err(error);
                }
            }
            self.metrics.announced.inc_by(some.len() as u64);
        }
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
