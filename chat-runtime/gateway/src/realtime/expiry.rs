//! The ends of tokens: one task closes the sockets whose token has expired, within a second.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use talkline_core::{id::UserId, time::Timestamp};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{hub::Hub, session::Session};
use crate::clock::Clock;

/// How often the task looks.
const TICK: Duration = Duration::from_millis(250);

/// Who is to be looked at in which second.
type Slots = BTreeMap<i64, Vec<(UserId, u64)>>;

/// See the module. A clone is the same one.
#[derive(Clone, Default)]
pub(super) struct Expiries {
    slots: Arc<Mutex<Slots>>,
}

impl Expiries {
    /// Starts the task, which runs until `stop`.
    pub(super) fn start(hub: Arc<Hub>, clock: Arc<dyn Clock>, tasks: &TaskTracker, stop: &CancellationToken) -> Self {
        let expiries = Self::default();
        let (own, stop) = (expiries.clone(), stop.clone());
        tasks.spawn(async move {
            let work = async {
                loop {
                    tokio::time::sleep(TICK).await;
                    own.look(&hub, clock.now());
                }
            };
            stop.run_until_cancelled(work).await;
        });
        expiries
    }

    /// Looks at a socket again when its token ends.
    pub(super) fn watch(&self, session: &Session) {
        let second = session.identity().expires_at.as_millis().div_euclid(1000);
        let entry = (session.user(), session.number());
        self.slots().entry(second).or_default().push(entry);
    }

    fn look(&self, hub: &Hub, now: Timestamp) {
        for (user, number) in self.due(now) {
            let sockets = hub.sockets(user);
            let Some(socket) = sockets.iter().find(|socket| socket.session.number() == number) else {
                continue;
            };
            if socket.session.identity().expires_at <= now {
                socket.handle.close();
            } else {
                // Renewed meanwhile, or due later in this second.
                self.watch(&socket.session);
            }
        }
    }

    fn due(&self, now: Timestamp) -> Vec<(UserId, u64)> {
        let mut slots = self.slots();
        let later = slots.split_off(&(now.as_millis().div_euclid(1000) + 1));
        let due = std::mem::replace(&mut *slots, later);
        due.into_values().flatten().collect()
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
