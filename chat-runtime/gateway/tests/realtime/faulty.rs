//! A fan-out that does everything that its law allows: it loses, delays and repeats, by a seed.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use talkline_core::{
    Error, ErrorKind, Result,
    event::{Channel, Signal},
    port::{FanOut, Inbox, Subscription},
};

/// After this long without a signal, what is held back is let go.
const IDLE: Duration = Duration::from_millis(20);

/// See the module.
pub(crate) struct Faulty {
    inner: Arc<dyn FanOut>,
    seed: u64,
    /// Loses every event of a conversation.
    pub(crate) deaf: Arc<AtomicBool>,
    /// Holds back every event of a conversation as long as it is set.
    pub(crate) slow: Arc<AtomicBool>,
    /// Cannot be reached: what is subscribed meanwhile is there, with a loss that is told, once it can.
    pub(crate) away: Arc<AtomicBool>,
    /// Of a hundred events: how many are lost, as many are repeated, and as many are delayed.
    rate: u32,
}

impl Faulty {
    pub(crate) fn new(inner: Arc<dyn FanOut>, seed: u64, rate: u32) -> Self {
        Self {
            inner,
            seed,
            deaf: Arc::default(),
            slow: Arc::default(),
            away: Arc::default(),
            rate,
        }
    }
}

#[async_trait]
impl FanOut for Faulty {
    async fn publish(&self, signals: Vec<Signal>) -> Result<()> {
        reach(&self.away)?;
        self.inner.publish(signals).await
    }

    async fn attach(&self) -> Result<(Box<dyn Subscription>, Box<dyn Inbox>)> {
        let (subscription, inner) = self.inner.attach().await?;
        let subscription = FaultySubscription {
            inner: Arc::from(subscription),
            away: self.away.clone(),
            wanted: Arc::default(),
        };
        let inbox = FaultyInbox {
            inner,
            subscription: subscription.clone(),
            rng: SmallRng::seed_from_u64(self.seed),
            deaf: self.deaf.clone(),
            slow: self.slow.clone(),
            rate: self.rate,
            held: VecDeque::new(),
        };
        Ok((Box::new(subscription), Box::new(inbox)))
    }
}

fn reach(away: &AtomicBool) -> Result<()> {
    match away.load(Ordering::Relaxed) {
        true => Err(Error::new(ErrorKind::Unavailable, "fan_out", "away")),
        false => Ok(()),
    }
}

#[derive(Clone)]
struct FaultySubscription {
    inner: Arc<dyn Subscription>,
    away: Arc<AtomicBool>,
    wanted: Arc<Mutex<Vec<Channel>>>,
}

impl FaultySubscription {
    /// Subscribes what could not be, and says whether there was anything.
    async fn heal(&self) -> Result<bool> {
        if reach(&self.away).is_err() {
            return Ok(false);
        }
        let wanted = std::mem::take(&mut *self.wanted.lock().unwrap());
        self.inner.subscribe(&wanted).await?;
        Ok(!wanted.is_empty())
    }
}

#[async_trait]
impl Subscription for FaultySubscription {
    async fn subscribe(&self, channels: &[Channel]) -> Result<()> {
        if let Err(error) = reach(&self.away) {
            self.wanted.lock().unwrap().extend_from_slice(channels);
            return Err(error);
        }
        self.inner.subscribe(channels).await
    }

    async fn unsubscribe(&self, channels: &[Channel]) -> Result<()> {
        self.inner.unsubscribe(channels).await
    }
}

struct FaultyInbox {
    inner: Box<dyn Inbox>,
    subscription: FaultySubscription,
    rng: SmallRng,
    deaf: Arc<AtomicBool>,
    slow: Arc<AtomicBool>,
    rate: u32,
    held: VecDeque<Signal>,
}

#[async_trait]
impl Inbox for FaultyInbox {
    async fn next(&mut self) -> Result<Option<Signal>> {
        loop {
            if self.subscription.heal().await? {
                return Ok(None);
            }
            let slow = self.slow.load(Ordering::Relaxed);
            if !slow && !self.held.is_empty() && self.rng.random_range(0..4) == 0 {
                return Ok(self.held.pop_front());
            }
            let signal = match tokio::time::timeout(IDLE, self.inner.next()).await {
                Err(_) if slow || self.held.is_empty() => continue,
                Err(_) => return Ok(self.held.pop_front()),
                Ok(signal) => signal?,
            };
            // Answers to commands are spared: a lost one only makes the asker wait and ask again.
            let Some(event @ (Signal::Conversation(_) | Signal::User(..))) = signal else {
                return Ok(signal);
            };
            if self.deaf.load(Ordering::Relaxed) && matches!(event, Signal::Conversation(_)) {
                continue;
            }
            if slow && matches!(event, Signal::Conversation(_)) {
                self.held.push_back(event);
                continue;
            }
            match self.rng.random_range(0..100) {
                roll if roll < self.rate => {}
                roll if roll < 2 * self.rate => self.held.push_back(event),
                roll if roll < 3 * self.rate => {
                    self.held.push_back(event.clone());
                    return Ok(Some(event));
                }
                _ => return Ok(Some(event)),
            }
        }
    }
}
