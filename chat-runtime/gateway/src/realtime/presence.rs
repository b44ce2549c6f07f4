//! This gateway's word on who is connected to it: when sockets come and go, and that the gateway itself lives. What
//! could not be said is said by the adapter with the next sign of life.
//!
//! The presence also says whether there is room for one more socket of a user, since it knows those of all gateways.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use talkline_core::{id::UserId, port::Admission};
use tokio::{runtime::Handle, sync::oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::observer::Observer;
use crate::{chat::Chat, engine::Refusal};

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

/// The sockets of this gateway, as the presence has them. A clone is the same register.
#[derive(Clone)]
pub(super) struct Register {
    inner: Arc<Inner>,
}

struct Inner {
    chat: Arc<Chat>,
    observer: Observer,
    tasks: TaskTracker,
    runtime: Handle,
    next_number: AtomicU64,
}

/// A socket that counts among its user's, until it is struck out or dropped.
pub(super) struct Entry {
    inner: Arc<Inner>,
    user: UserId,
    /// Unique within this gateway.
    number: u64,
    struck_out: AtomicBool,
}

impl Register {
    /// A register whose calls run on `tasks`. Needs the runtime that it is made in.
    pub(super) fn new(chat: Arc<Chat>, observer: Observer, tasks: &TaskTracker) -> Self {
        let inner = Inner {
            chat,
            observer,
            tasks: tasks.clone(),
            runtime: Handle::current(),
            next_number: AtomicU64::new(1),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Enters one more socket of `user`, unless they have as many as they may; the presence that cannot be asked lets
    /// everybody in, as limits do.
    ///
    /// # Errors
    /// [`Refusal::TooManySockets`], and [`Refusal::Unavailable`] when the gateway ends.
    pub(super) async fn enter(&self, user: UserId) -> Result<Entry, Refusal> {
        let (tell, told) = oneshot::channel();
        let inner = self.inner.clone();
        // A task of its own: whoever waits may give up, but what the call has entered must be struck out then. The
        // entry that nobody takes is dropped, which does that.
        self.inner.tasks.spawn(async move {
            drop(tell.send(inner.enter(user).await));
        });
        told.await.unwrap_or(Err(Refusal::Unavailable))
    }
}

impl Inner {
    async fn enter(self: Arc<Self>, user: UserId) -> Result<Entry, Refusal> {
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let (ports, gateway) = (self.chat.ports(), self.chat.gateway());
        let (most, now) = (self.chat.config().limits.sockets_per_user, ports.clock.now());
        let asked = ports
            .presence
            .connected(gateway, user, &number.to_string(), most, now)
            .await;
        match asked {
            Ok(Admission::Refused) => return Err(Refusal::TooManySockets),
            Ok(Admission::Admitted(None)) => {}
            Ok(Admission::Admitted(Some(_))) => self.observer.announce(user),
            Err(error) => tracing::warn!(%error, "a socket is let in without being counted"),
        }
        Ok(Entry {
            inner: self,
            user,
            number,
            struck_out: AtomicBool::new(false),
        })
    }

    async fn strike_out(&self, user: UserId, number: u64) {
        let (ports, gateway) = (self.chat.ports(), self.chat.gateway());
        let now = ports.clock.now();
        match ports
            .presence
            .disconnected(gateway, user, &number.to_string(), now)
            .await
        {
            Ok(Some(_)) => self.observer.announce(user),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a socket's end was not noted"),
        }
    }
}

impl Entry {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The socket is gone.
    pub(super) async fn strike_out(&self) {
        if !self.struck_out.swap(true, Ordering::Relaxed) {
            self.inner.strike_out(self.user, self.number).await;
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !*self.struck_out.get_mut() {
            let (inner, user, number) = (self.inner.clone(), self.user, self.number);
            let striking = async move { inner.strike_out(user, number).await };
            // Whatever thread drops it: the runtime is named, since not every thread has one.
            self.inner.tasks.spawn_on(striking, &self.inner.runtime);
        }
    }
}
