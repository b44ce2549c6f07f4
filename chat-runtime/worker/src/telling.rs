//! Telling the bus what was stored.
//!
//! Nothing rests on the bus: what it does not take, gateways find by comparing heads with the store, some seconds later.
//! So one that stumbles is waited for, that everybody may be told in time, and one that is gone does not stop the
//! storing.

use std::{sync::Arc, time::Duration};

use talkline_core::{Error, ErrorKind, Result, event::Signal, port::FanOut};
use tokio::time::Instant;

use crate::{metrics::Metrics, retry::Backoff};

/// How long a bus is waited for before it counts as gone. Until it is back, it is asked once a batch.
const PATIENCE: Duration = Duration::from_secs(2);

/// See the module.
pub(crate) struct Telling {
    fan_out: Arc<dyn FanOut>,
    metrics: Metrics,
    gone: bool,
}

impl Telling {
    pub(crate) fn new(fan_out: Arc<dyn FanOut>, metrics: Metrics) -> Self {
        Self {
            fan_out,
            metrics,
            gone: false,
        }
    }

    /// Publishes a batch's signals, or goes on without.
    ///
    /// # Errors
    /// The bus is closed: the program is about to end.
    pub(crate) async fn tell(&mut self, signals: Vec<Signal>) -> Result<()> {
        let patience = if self.gone { Duration::ZERO } else { PATIENCE };
        let (end, mut backoff) = (Instant::now() + patience, Backoff::new());
        loop {
            match self.fan_out.publish(signals.clone()).await {
                Ok(()) => {
                    self.is_back();
                    return Ok(());
                }
                Err(error) if error.kind() != ErrorKind::Closed && Instant::now() >= end => {
                    self.is_gone(&error, signals.len());
                    return Ok(());
                }
                Err(error) => backoff.wait("publish", &self.metrics, error).await?,
            }
        }
    }

    fn is_back(&mut self) {
        if std::mem::take(&mut self.gone) {
            tracing::info!("the bus takes signals again");
        }
    }

    fn is_gone(&mut self, error: &Error, signals: usize) {
        self.metrics.untold(signals);
        if !std::mem::replace(&mut self.gone, true) {
            tracing::error!(%error, "the bus is gone: storing goes on, and gateways find what was stored by comparing");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use prometheus_client::registry::Registry;
    use talkline_core::{
        event::{Event, EventBody},
        id::{ConversationId, UserId},
        port::{Inbox, Subscription},
    };

    use super::*;

    /// Fails so many times, then takes everything.
    struct Failing {
        times: AtomicUsize,
        kind: ErrorKind,
        calls: AtomicUsize,
    }

    impl Failing {
        fn new(times: usize, kind: ErrorKind) -> Arc<Self> {
            Arc::new(Self {
                times: AtomicUsize::new(times),
                kind,
                calls: AtomicUsize::new(0),
            })
        }
    }

    #[async_trait]
    impl FanOut for Failing {
        async fn publish(&self, _: Vec<Signal>) -> Result<()> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let left = self
                .times
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            match left {
                Ok(_) => Err(Error::new(self.kind, "fan_out.publish", "gone")),
                Err(_) => Ok(()),
            }
        }

        async fn attach(&self) -> Result<(Box<dyn Subscription>, Box<dyn Inbox>)> {
            Err(Error::new(ErrorKind::Invalid, "fan_out.attach", "only published to"))
        }
    }

    fn telling(bus: &Arc<Failing>) -> Telling {
        Telling::new(bus.clone(), Metrics::register(&mut Registry::default()))
    }

    fn signals() -> Vec<Signal> {
        let (conversation, user) = (ConversationId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let body = EventBody::Typing { user, typing: true };
        vec![Signal::Conversation(Event::passing(conversation, body))]
    }

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_stumbles_is_waited_for() {
        let bus = Failing::new(3, ErrorKind::Unavailable);
        telling(&bus).tell(signals()).await.unwrap();
        assert_eq!(bus.calls.load(Ordering::Relaxed), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_is_gone_costs_the_wait_once_and_is_waited_for_again_once_it_was_back() {
        let bus = Failing::new(1_000, ErrorKind::Unavailable);
        let mut telling = telling(&bus);
        telling.tell(signals()).await.unwrap();
        let begun = Instant::now();
        for _ in 0..100 {
            telling.tell(signals()).await.unwrap();
        }
        assert_eq!(begun.elapsed(), Duration::ZERO, "storing waits for a bus that is gone");
        bus.times.store(0, Ordering::Relaxed);
        telling.tell(signals()).await.unwrap();
        bus.times.store(2, Ordering::Relaxed);
        telling.tell(signals()).await.unwrap();
        assert_eq!(
            bus.times.load(Ordering::Relaxed),
            0,
            "the second stumble is waited for again"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_is_closed_ends_the_worker() {
        let bus = Failing::new(1, ErrorKind::Closed);
        let error = telling(&bus).tell(signals()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
    }
}
