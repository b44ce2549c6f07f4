//! Ports that a test watches or holds up, over the real ones.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use talkline_core::{
    Error, ErrorKind, Result,
    event::{Channel, Signal},
    id::UserId,
    port::{Admission, FanOut, Inbox, Presence, PresenceState, PresenceStatus, Subscription},
    time::Timestamp,
};
use tokio::sync::Semaphore;

/// A presence that answers the opening of a socket when it is let; closed, it fails.
pub(crate) struct HeldUp {
    pub(crate) inner: Arc<dyn Presence>,
    pub(crate) answers: Arc<Semaphore>,
}

#[async_trait]
impl Presence for HeldUp {
    async fn connected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<Admission> {
        let admission = self.inner.connected(gateway, user, socket, most, now).await?;
        match self.answers.acquire().await {
            Ok(_) => Ok(admission),
            Err(closed) => Err(Error::new(ErrorKind::Unavailable, "presence.connected", closed)),
        }
    }

    async fn disconnected(
        &self,
        gateway: &str,
        user: UserId,
        socket: &str,
        now: Timestamp,
    ) -> Result<Option<PresenceState>> {
        self.inner.disconnected(gateway, user, socket, now).await
    }

    async fn set(&self, user: UserId, status: PresenceStatus, now: Timestamp) -> Result<Option<PresenceState>> {
        self.inner.set(user, status, now).await
    }

    async fn get(&self, users: &[UserId]) -> Result<Vec<PresenceState>> {
        self.inner.get(users).await
    }

    async fn heartbeat(&self, gateway: &str, now: Timestamp) -> Result<Vec<UserId>> {
        self.inner.heartbeat(gateway, now).await
    }
}

/// A fan-out that notes which channels were ever subscribed.
pub(crate) struct Noted {
    pub(crate) inner: Arc<dyn FanOut>,
    pub(crate) subscribed: Arc<Mutex<Vec<Channel>>>,
}

struct NotedSubscription {
    inner: Box<dyn Subscription>,
    subscribed: Arc<Mutex<Vec<Channel>>>,
}

#[async_trait]
impl FanOut for Noted {
    async fn publish(&self, signals: Vec<Signal>) -> Result<()> {
        self.inner.publish(signals).await
    }

    async fn attach(&self) -> Result<(Box<dyn Subscription>, Box<dyn Inbox>)> {
        let (inner, inbox) = self.inner.attach().await?;
        let subscribed = self.subscribed.clone();
        Ok((Box::new(NotedSubscription { inner, subscribed }), inbox))
    }
}

#[async_trait]
impl Subscription for NotedSubscription {
    async fn subscribe(&self, channels: &[Channel]) -> Result<()> {
        self.subscribed.lock().unwrap().extend_from_slice(channels);
        self.inner.subscribe(channels).await
    }

    async fn unsubscribe(&self, channels: &[Channel]) -> Result<()> {
        self.inner.unsubscribe(channels).await
    }
}
