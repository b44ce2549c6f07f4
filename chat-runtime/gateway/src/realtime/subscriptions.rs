//! The gateway's channels on the fan-out: each subscribed once, however many sockets need it.

use std::time::Duration;

use talkline_core::{ErrorKind, Result, event::Channel, port::Subscription};
use tokio::sync::{RwLock, RwLockReadGuard};
use tokio_util::sync::CancellationToken;

use super::{hub::Hub, stay::Host};
use crate::chat::Recents;

/// Between two looks for channels that nobody needs any more.
const SWEEP: Duration = Duration::from_secs(2);

/// See the module. Subscribing goes on side by side; unsubscribing is alone, so that what was just subscribed is never
/// taken away by a decision from a moment before.
pub(super) struct Subscriptions {
    subscription: RwLock<Box<dyn Subscription>>,
}

/// While it lives, nothing is unsubscribed.
pub(super) struct Subscribing<'a>(RwLockReadGuard<'a, Box<dyn Subscription>>);

impl Subscriptions {
    pub(super) fn new(subscription: Box<dyn Subscription>) -> Self {
        Self {
            subscription: RwLock::new(subscription),
        }
    }

    pub(super) async fn begin(&self) -> Subscribing<'_> {
        Subscribing(self.subscription.read().await)
    }

    /// Unsubscribes what nobody here needs any more.
    pub(super) async fn sweep(&self, hub: &Hub, recents: &Recents) {
        let subscription = self.subscription.write().await;
        let idle = hub.take_idle();
        if idle.is_empty() {
            return;
        }
        for channel in &idle {
            if let Channel::Conversation(conversation) = channel {
                recents.unwatch(*conversation);
            }
        }
        if let Err(error) = subscription.unsubscribe(&idle).await {
            // Events of these channels will find no room, which is all the harm there is.
            tracing::warn!(%error, channels = idle.len(), "could not unsubscribe");
        }
    }
}

impl Subscribing<'_> {
    pub(super) async fn subscribe(&self, channels: &[Channel]) -> Result<()> {
        if channels.is_empty() {
            return Ok(());
        }
        subscribe(&**self.0, channels).await
    }
}

/// Subscribes. Without the bus one is slower and not deaf: channels that it does not reach stay wanted, and once they are
/// there the inbox says that something was lost; until then, what is stored is found by comparing heads.
pub(super) async fn subscribe(subscription: &dyn Subscription, channels: &[Channel]) -> Result<()> {
    match subscription.subscribe(channels).await {
        Err(error) if error.kind() == ErrorKind::Unavailable => {
            // One line a socket would bury the one in which the adapter says that its server is gone.
            tracing::debug!(%error, channels = channels.len(), "channels are out of reach; going on without them for now");
            Ok(())
        }
        other => other,
    }
}

/// Sweeps every so often until `stop`. Whoever comes back within that time finds everything subscribed.
pub(super) async fn sweeping(host: Host, stop: CancellationToken) {
    let sweep = async {
        loop {
            tokio::time::sleep(SWEEP).await;
            host.subscriptions.sweep(&host.hub, &host.recents).await;
        }
    };
    stop.run_until_cancelled(sweep).await;
}
