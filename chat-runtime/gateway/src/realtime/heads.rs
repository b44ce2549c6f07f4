//! Comparing rooms with the store, since the fan-out may lose: whoever is behind is told to ask.

use std::{sync::Arc, time::Duration};

use talkline_core::{
    Result,
    id::{ConversationId, UserId},
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    hub::Hub,
    settler::{Job, Settler},
};
use crate::{chat::Chat, engine::Burst};

/// Conversations in one question to the store.
const TOGETHER: usize = 1_000;
/// Rooms that nothing happened in, to the gateway's knowledge, that are compared in turn.
const QUIET_ROOMS: usize = 500;
/// Users whose memberships are compared in turn.
const USERS: usize = 100;
/// What the store had this long ago must have arrived. Under overload it takes its time, and asking would only add to
/// that.
const GRACE: Duration = Duration::from_secs(2);

/// Asks for comparisons. A clone asks the same task.
#[derive(Clone)]
pub(super) struct Heads {
    everything: Arc<Notify>,
}

struct Comparer {
    chat: Arc<Chat>,
    hub: Arc<Hub>,
    settler: Settler,
    interval: Duration,
}

impl Heads {
    /// Starts the task, which compares every so often until `stop`.
    pub(super) fn start(
        chat: Arc<Chat>,
        hub: Arc<Hub>,
        settler: Settler,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let everything = Arc::new(Notify::new());
        let heads = Self {
            everything: everything.clone(),
        };
        let comparer = Comparer {
            interval: chat.config().realtime.heads_interval,
            chat,
            hub,
            settler,
        };
        let stop = stop.clone();
        tasks.spawn(async move { stop.run_until_cancelled(comparer.run(&everything)).await });
        heads
    }

    /// Compares everything soon: rooms, and who is in them.
    pub(super) fn compare_all(&self) {
        self.everything.notify_one();
    }
}

impl Comparer {
    async fn run(&self, everything: &Notify) {
        let mut turn = Vec::new();
        loop {
            let all = tokio::select! {
                () = everything.notified() => true,
                () = tokio::time::sleep(self.interval) => false,
            };
            if all || turn.is_empty() {
                turn = self.hub.users();
            }
            let rest = turn.len().saturating_sub(if all { usize::MAX } else { USERS });
            self.compare_users(turn.drain(rest..));
            let rooms = self.hub.due(if all { usize::MAX } else { QUIET_ROOMS });
            for some in rooms.chunks(TOGETHER) {
                if let Err(error) = self.compare(some).await {
                    tracing::warn!(%error, "could not compare conversations with the store");
                }
            }
        }
    }

    /// Memberships may have been missed too.
    fn compare_users(&self, users: impl Iterator<Item = UserId>) {
        for user in users {
            if !self.settler.queue(Job::User(user)) {
                tracing::warn!("not all users could be compared with the store");
                return;
            }
        }
    }

    async fn compare(&self, rooms: &[ConversationId]) -> Result<()> {
        let heads = self.chat.ports().store.heads(rooms).await?;
        let heads: Vec<_> = rooms.iter().copied().zip(heads).collect();
        for (conversation, head) in &heads {
            self.chat.recents().heard(*conversation, *head);
        }
        if self.hub.behind(&heads).is_empty() {
            return Ok(());
        }
        // It may be on its way.
        tokio::time::sleep(GRACE.min(self.interval / 4)).await;
        for (conversation, head) in self.hub.behind(&heads) {
            let Some(membership) = self.chat.memberships().load(conversation).await? else {
                continue;
            };
            tracing::info!(%conversation, "behind the store: its members are told to ask");
            let strangers = self.hub.resync(conversation, head, &membership, &mut Burst::new());
            for user in strangers {
                self.settler.queue(Job::Member(user, conversation, membership.changed));
            }
        }
        Ok(())
    }
}
