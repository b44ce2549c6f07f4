//! This gateway's word on who is connected to it: when sockets come and go, and that the gateway itself lives. What
//! could not be said is said by the adapter with the next sign of life.

use std::{sync::Arc, time::Duration};

use talkline_core::{Result, id::UserId, port::PresenceState};
use tokio_util::sync::CancellationToken;

use super::{Inner, observer::Observer, session::Session};
use crate::chat::Chat;

/// Between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Gives signs of life until `stop`, and announces whom other gateways took along when they ended, and whose coming or
/// going was noted late.
pub(super) async fn beating(chat: Arc<Chat>, observer: Observer, stop: CancellationToken) {
    let beat = async {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            let ports = chat.ports();
            match ports.presence.heartbeat(chat.gateway(), ports.clock.now()).await {
                Ok(changed) => changed.into_iter().for_each(|user| observer.announce(user)),
                Err(error) => tracing::warn!(%error, "no sign of life was given"),
            }
        }
    };
    stop.run_until_cancelled(beat).await;
}

impl Inner {
    /// A socket is connected.
    pub(super) async fn came(&self, session: &Session) {
        let gone = session.gone.lock().await;
        if !*gone {
            let (ports, user) = (self.chat.ports(), session.user());
            let (socket, now) = (session.number().to_string(), ports.clock.now());
            let changed = ports.presence.connected(self.chat.gateway(), user, &socket, now).await;
            self.announce(user, changed);
        }
    }

    /// A socket is gone.
    pub(super) async fn went(&self, session: &Session) {
        let mut gone = session.gone.lock().await;
        *gone = true;
        let (ports, user) = (self.chat.ports(), session.user());
        let (socket, now) = (session.number().to_string(), ports.clock.now());
        let changed = ports
            .presence
            .disconnected(self.chat.gateway(), user, &socket, now)
            .await;
        self.announce(user, changed);
    }

    fn announce(&self, user: UserId, changed: Result<Option<PresenceState>>) {
        match changed {
            Ok(Some(_)) => self.observer.announce(user),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a socket's coming or going was not noted"),
        }
    }
}
