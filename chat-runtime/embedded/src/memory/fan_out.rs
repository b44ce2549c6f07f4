//! The fan-out within one process: a table of channels, and a bounded inbox per subscriber.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use async_trait::async_trait;
use talkline_core::{
    Error, ErrorKind, Result,
    event::{Channel, Signal},
    port::{FanOut, Inbox, Subscription},
};
use tokio::sync::Notify;

type Channels = HashMap<Channel, Vec<Arc<Queue>>>;

/// The bus.
pub(crate) struct MemoryFanOut {
    bus: Arc<Bus>,
    inbox: usize,
}

/// Who listens to what.
#[derive(Default)]
struct Bus {
    channels: RwLock<Channels>,
    attached: Mutex<Attached>,
}

#[derive(Default)]
struct Attached {
    queues: Vec<Arc<Queue>>,
    closed: bool,
}

/// An inbox. `None` stands where signals were lost.
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Notify,
    capacity: usize,
}

#[derive(Default)]
struct Waiting {
    signals: VecDeque<Option<Signal>>,
    closed: bool,
}

/// What a subscriber's two halves share. With the later of them it leaves the bus.
struct Attachment {
    bus: Arc<Bus>,
    queue: Arc<Queue>,
    subscribed: Mutex<HashSet<Channel>>,
}

impl MemoryFanOut {
    /// A bus whose inboxes hold `inbox` signals each.
    pub(crate) fn new(inbox: usize) -> Self {
        Self {
            bus: Arc::default(),
            inbox: inbox.max(1),
        }
    }

    /// Ends all inboxes.
    pub(crate) fn close(&self) {
        let mut attached = locked(&self.bus.attached);
        attached.closed = true;
        for queue in attached.queues.drain(..) {
            locked(&queue.waiting).closed = true;
            queue.arrived.notify_one();
        }
    }
}

#[async_trait]
impl FanOut for MemoryFanOut {
    async fn publish(&self, signals: Vec<Signal>) -> Result<()> {
        let channels = self.bus.channels.read().unwrap_or_else(PoisonError::into_inner);
        for signal in signals {
            for queue in channels.get(&signal.channel()).into_iter().flatten() {
                queue.push(&signal);
            }
        }
        Ok(())
    }

    async fn attach(&self) -> Result<(Box<dyn Subscription>, Box<dyn Inbox>)> {
        let queue = Arc::new(Queue {
            waiting: Mutex::default(),
            arrived: Notify::new(),
            capacity: self.inbox,
        });
        {
            let mut attached = locked(&self.bus.attached);
            if attached.closed {
                return Err(closed("fan_out.attach"));
            }
            attached.queues.push(Arc::clone(&queue));
        }
        let attachment = Arc::new(Attachment {
            bus: Arc::clone(&self.bus),
            queue,
            subscribed: Mutex::default(),
        });
        Ok((
            Box::new(Channelled(Arc::clone(&attachment))),
            Box::new(Received(attachment)),
        ))
    }
}

impl Queue {
    fn push(&self, signal: &Signal) {
        let mut waiting = locked(&self.waiting);
        if waiting.signals.len() < self.capacity {
            waiting.signals.push_back(Some(signal.clone()));
        } else if waiting.signals.back().is_some_and(Option::is_some) {
            waiting.signals.push_back(None);
        }
        drop(waiting);
        self.arrived.notify_one();
    }
}

struct Channelled(Arc<Attachment>);

#[async_trait]
impl Subscription for Channelled {
    async fn subscribe(&self, channels: &[Channel]) -> Result<()> {
        let mut subscribed = locked(&self.0.subscribed);
        let mut table = self.0.bus.channels.write().unwrap_or_else(PoisonError::into_inner);
        for channel in channels {
            if subscribed.insert(channel.clone()) {
                table
                    .entry(channel.clone())
                    .or_default()
                    .push(Arc::clone(&self.0.queue));
            }
        }
        Ok(())
    }

    async fn unsubscribe(&self, channels: &[Channel]) -> Result<()> {
        let mut subscribed = locked(&self.0.subscribed);
        let mut table = self.0.bus.channels.write().unwrap_or_else(PoisonError::into_inner);
        for channel in channels {
            if subscribed.remove(channel) {
                self.0.queue.leave(&mut table, channel);
            }
        }
        Ok(())
    }
}

impl Queue {
    fn leave(self: &Arc<Self>, table: &mut Channels, channel: &Channel) {
        if let Some(queues) = table.get_mut(channel) {
            queues.retain(|queue| !Arc::ptr_eq(queue, self));
            if queues.is_empty() {
                table.remove(channel);
            }
        }
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut table = self.bus.channels.write().unwrap_or_else(PoisonError::into_inner);
        for channel in locked(&self.subscribed).drain() {
            self.queue.leave(&mut table, &channel);
        }
        locked(&self.bus.attached)
            .queues
            .retain(|queue| !Arc::ptr_eq(queue, &self.queue));
    }
}

struct Received(Arc<Attachment>);

#[async_trait]
impl Inbox for Received {
    async fn next(&mut self) -> Result<Option<Signal>> {
        let queue = &self.0.queue;
        loop {
            {
                let mut waiting = locked(&queue.waiting);
                if let Some(signal) = waiting.signals.pop_front() {
                    return Ok(signal);
                }
                if waiting.closed {
                    return Err(closed("fan_out.next"));
                }
            }
            queue.arrived.notified().await;
        }
    }
}

fn closed(operation: &'static str) -> Error {
    Error::new(ErrorKind::Closed, operation, "the bus is closed")
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
