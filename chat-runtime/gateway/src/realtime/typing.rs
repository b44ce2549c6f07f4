//! Who types where: told when it begins, again now and then, and when it ends, be it by itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use talkline_core::{
    event::{EventBody, Signal},
    id::{ConversationId, UserId},
};
use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::chat::Chat;

/// How often the task looks for who has stopped by itself.
const TICK: Duration = Duration::from_millis(500);
/// Who types on is told again after this, for those who have come meanwhile and for clients' own expiry.
const AGAIN: Duration = Duration::from_secs(2);
/// People who type at the same time; further ones are not told of.
const MOST: usize = 100_000;

type Key = (ConversationId, UserId);

/// See the module. A clone is the same one.
#[derive(Clone)]
pub(super) struct Typists {
    chat: Arc<Chat>,
    typing: Arc<Mutex<HashMap<Key, Times>>>,
}

#[derive(Clone, Copy)]
struct Times {
    told: Instant,
    ends: Instant,
}

impl Typists {
    /// Starts the task, which runs until `stop`.
    pub(super) fn start(chat: Arc<Chat>, tasks: &TaskTracker, stop: &CancellationToken) -> Self {
        let typists = Self {
            chat,
            typing: Arc::default(),
        };
        let (own, stop) = (typists.clone(), stop.clone());
        tasks.spawn(async move {
            let work = async {
                loop {
                    tokio::time::sleep(TICK).await;
                    let ended = own.take_ended(Instant::now());
                    own.tell(&ended, false).await;
                }
            };
            stop.run_until_cancelled(work).await;
        });
        typists
    }

    /// A member types.
    pub(super) async fn start_typing(&self, conversation: ConversationId, user: UserId) {
        if self.note((conversation, user), Instant::now()) {
            self.tell(&[(conversation, user)], true).await;
        }
    }

    /// A member has stopped.
    pub(super) async fn stop_typing(&self, conversation: ConversationId, user: UserId) {
        let was_typing = self.typing().remove(&(conversation, user)).is_some();
        if was_typing {
            self.tell(&[(conversation, user)], false).await;
        }
    }

    /// Notes who types, and says whether to tell it.
    fn note(&self, key: Key, now: Instant) -> bool {
        let ends = now + self.chat.config().realtime.typing_expiry;
        let mut typing = self.typing();
        let is_known = typing.get(&key).copied();
        let tell = match is_known {
            Some(times) => now >= times.told + AGAIN,
            None => typing.len() < MOST,
        };
        let told = if tell {
            Some(now)
        } else {
            is_known.map(|times| times.told)
        };
        if let Some(told) = told {
            typing.insert(key, Times { told, ends });
        }
        tell
    }

    fn take_ended(&self, now: Instant) -> Vec<Key> {
        let mut typing = self.typing();
        typing
            .extract_if(|_, times| times.ends <= now)
            .map(|(key, _)| key)
            .collect()
    }

    async fn tell(&self, keys: &[Key], typing: bool) {
        let signals = keys.iter().map(|&(conversation, user)| {
            let body = EventBody::Typing { user, typing };
            Signal::Conversation(self.chat.memberships().passing(conversation, body))
        });
        let signals: Vec<_> = signals.collect();
        if !signals.is_empty() {
            self.chat.tell(signals).await;
        }
    }

    fn typing(&self) -> MutexGuard<'_, HashMap<Key, Times>> {
        self.typing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
