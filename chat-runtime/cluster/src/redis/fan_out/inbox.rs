//! A subscriber's inbox: bounded, and honest about what is missing.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use talkline_core::{Error, ErrorKind, Result, event::Signal};
use tokio::sync::Notify;

/// What waits. `None` stands where signals were lost.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Notify,
    capacity: usize,
}

#[derive(Default)]
struct Waiting {
    signals: VecDeque<Option<Signal>>,
    closed: bool,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Notify::new(),
            capacity: capacity.max(1),
        }
    }

    /// Takes a signal, or says that there is no room.
    pub(super) fn push(&self, signal: Signal) -> bool {
        let mut waiting = self.waiting();
        let has_room = waiting.signals.len() < self.capacity;
        if has_room {
            waiting.signals.push_back(Some(signal));
        } else {
            waiting.lose();
        }
        drop(waiting);
        self.arrived.notify_one();
        has_room
    }

    /// Something did not come here.
    pub(super) fn lose(&self) {
        self.waiting().lose();
        self.arrived.notify_one();
    }

    /// Nothing will come any more.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.arrived.notify_one();
    }

    /// The next signal, or `None` for some that were lost.
    pub(super) async fn next(&self) -> Result<Option<Signal>> {
        loop {
            {
                let mut waiting = self.waiting();
                if let Some(signal) = waiting.signals.pop_front() {
                    return Ok(signal);
                }
                if waiting.closed {
                    return Err(Error::new(ErrorKind::Closed, "fan_out.next", "the bus is closed"));
                }
            }
            self.arrived.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Once in place of all that is missing here.
    fn lose(&mut self) {
        if self.signals.back().is_none_or(Option::is_some) {
            self.signals.push_back(None);
        }
    }
}
