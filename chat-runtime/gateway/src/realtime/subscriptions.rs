//! The gateway's channels on the fan-out: each subscribed once, however many sockets need it.

use std::{sync::Arc, time::Duration};

use talkline_core::{Result, event::Channel, port::Subscription};
use tokio::sync::{RwLock, RwLockReadGuard};
use tokio_util::sync::CancellationToken;

use super::{hub::Hub, stay::Host};

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
    pub(super) async fn sweep(&self, hub: &Arc<Hub>) {
        let subscription = self.subscription.write().await;
        let idle = hub.take_idle();
        if idle.is_empty() {
            return;
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
        self.0.subscribe(channels).await
    }
}

/// Sweeps every so often until `stop`. Whoever comes back within that time finds everything subscribed.
pub(super) async fn sweeping(host: Host, stop: CancellationToken) {
    let sweep = async {
        loop {
            tokio::time::sleep(SWEEP).await;
            host.subscriptions.sweep(&host.hub).await;
        }
    };
    stop.run_until_cancelled(sweep).await;
}
