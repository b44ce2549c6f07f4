//! Signs of life, and what is left of gateways that give none.

use redis::{Value, cmd};
use talkline_core::{Result, id::UserId, time::Timestamp};

use super::{RedisPresence, held::Sockets, read, telling::TOGETHER};
use crate::redis::script::Run;

impl RedisPresence {
    /// The gateway lives. Whom Redis may be wrong about is in doubt afterwards. Returns the gateways that are silent.
    pub(super) async fn live(&self, operation: &'static str, gateway: &str, now: Timestamp) -> Result<Vec<String>> {
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

    /// The users of a silent gateway are told to be gone, and it is forgotten last, so that whoever dies in between is
    /// followed by another. If it lives after all, it finds itself forgotten and tells everything again.
    pub(super) async fn bury(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>> {
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

    pub(super) async fn users_of(&self, operation: &'static str, gateway: &str) -> Result<Vec<UserId>> {
        let key = self.names.users_of(gateway);
        let mut command = cmd("SMEMBERS");
        command.arg(&key);
        let users: Vec<String> = read(operation, self.nodes.call(operation, &key, command).await?)?;
        Ok(users.iter().filter_map(|user| user.parse().ok()).collect())
    }
}
