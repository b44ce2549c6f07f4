//! The fan-out: from whoever knows something to the gateways that have a socket for it.

use async_trait::async_trait;

use crate::{
    error::Result,
    event::{Channel, Signal},
};

/// A bus with channels.
///
/// Law:
/// 1. Best effort: it may lose, delay, repeat and reorder. Nothing that must not be lost rests on it.
/// 2. It never blocks a publisher for a slow subscriber. A subscriber whose inbox is full loses signals and is told so
///    ([`Inbox::next`] answers `None` once in their place), so that it can compare with the store.
/// 3. When [`Subscription::subscribe`] has returned, what is published on the channel afterwards arrives (within 1).
/// 4. A channel that could not be subscribed, or is out of reach for a while, stays wanted: the adapter goes on trying by
///    itself, and [`Inbox::next`] answers `None` once it is subscribed (again). So after an error of kind
///    [`Unavailable`](crate::ErrorKind::Unavailable) from `subscribe`, a subscriber may go on, and compare later.
#[async_trait]
pub trait FanOut: Send + Sync {
    /// Publishes, in order, each signal on its own channel.
    async fn publish(&self, signals: Vec<Signal>) -> Result<()>;

    /// A new subscriber without channels, with a bounded inbox.
    async fn attach(&self) -> Result<(Box<dyn Subscription>, Box<dyn Inbox>)>;
}

/// A subscriber's channels. Dropped with its inbox, it is gone.
#[async_trait]
pub trait Subscription: Send + Sync {
    /// Adds channels; those that are there stay.
    async fn subscribe(&self, channels: &[Channel]) -> Result<()>;

    /// Removes channels.
    async fn unsubscribe(&self, channels: &[Channel]) -> Result<()>;
}

/// What arrives.
#[async_trait]
pub trait Inbox: Send {
    /// The next signal; `None` where some were, or may have been, lost. An error of kind [`Closed`](crate::ErrorKind::Closed) ends it.
    async fn next(&mut self) -> Result<Option<Signal>>;
}
