//! What all sockets of one engine share, and the list of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
};

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::{Config, Metrics, session::Session};

/// Ends a long-polling session, given its Engine.IO id.
type EndPolling = Box<dyn Fn(Box<str>) + Send + Sync>;

/// See the module.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) metrics: Arc<Metrics>,
    /// Owns every task that the engine starts; a shutdown waits for them.
    pub(super) tasks: TaskTracker,
    /// Places for sockets.
    pub(super) places: Arc<Semaphore>,
    end_polling: OnceLock<EndPolling>,
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    by_id: HashMap<u64, Weak<Session>>,
    /// The ones that began with long-polling, whose requests name them.
    by_sid: HashMap<Box<str>, Weak<Session>>,
}

impl Shared {
    pub(super) fn new(config: Config) -> Self {
        Self {
            places: Arc::new(Semaphore::new(config.max_sockets.min(Semaphore::MAX_PERMITS))),
            config,
            metrics: Arc::default(),
            tasks: TaskTracker::new(),
            end_polling: OnceLock::new(),
            sessions: Mutex::default(),
        }
    }

    /// Refuses handshakes from now on.
    pub(super) fn drain(&self) {
        self.metrics.draining.set(1);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.metrics.draining.get() == 1
    }

    /// Says how to end a long-polling session; only the first saying counts.
    pub(super) fn ends_polling_by(&self, end: EndPolling) {
        let _ = self.end_polling.set(end);
    }

    pub(super) fn end_polling(&self, sid: &str) {
        if let Some(end) = self.end_polling.get() {
            end(sid.into());
        }
    }

    pub(super) fn enlist(&self, session: &Arc<Session>) {
        self.sessions().by_id.insert(session.id(), Arc::downgrade(session));
    }

    pub(super) fn enlist_polling(&self, sid: &str, session: &Arc<Session>) {
        self.sessions().by_sid.insert(sid.into(), Arc::downgrade(session));
    }

    pub(super) fn strike_out(&self, id: u64, sid: Option<&str>) {
        let mut sessions = self.sessions();
        sessions.by_id.remove(&id);
        if let Some(sid) = sid {
            sessions.by_sid.remove(sid);
        }
    }

    /// The long-polling session (or one that began as such) with that Engine.IO id.
    pub(super) fn find(&self, sid: &str) -> Option<Arc<Session>> {
        self.sessions().by_sid.get(sid)?.upgrade()
    }

    /// Every open session.
    pub(super) fn all(&self) -> Vec<Arc<Session>> {
        // Collected under the lock, used after it: a session that is dropped here strikes itself out.
        let weak: Vec<_> = self.sessions().by_id.values().cloned().collect();
        weak.iter().filter_map(Weak::upgrade).collect()
    }

    /// Keeps the gauge of waiting bytes right as one backlog goes from `before` to `after`.
    pub(super) fn account(&self, before: usize, after: usize) {
        match after.cmp(&before) {
            std::cmp::Ordering::Greater => self.metrics.backlog_bytes.add(after - before),
            std::cmp::Ordering::Less => self.metrics.backlog_bytes.sub(before - after),
            std::cmp::Ordering::Equal => {}
        }
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
