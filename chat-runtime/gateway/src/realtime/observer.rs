//! Presence: tells who came or went to those who may know and want to.
//!
//! Partners of direct conversations are told wherever they are; members of a group of up to [`SMALL`] while they look
//! at it. The first half (whom it may concern) is done where the user is, the second (who looks) where the others are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use talkline_core::{
    Result,
    conversation::Kind,
    event::{Signal, UserEvent},
    id::{ConversationId, UserId},
    port::PresenceState,
};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{frames, hub::Hub};
use crate::{chat::Chat, engine::Burst};

/// Members of a group whose presence its viewers are told of.
const SMALL: usize = 100;
/// Notes that may wait. Past it they are dropped: presence passes, and whoever wants to be sure asks.
const MOST_WAITING: usize = 65_536;
/// Notes that are worked off together.
const TOGETHER: usize = 256;

enum Note {
    /// This user, of this gateway, came or went: those concerned are to be told.
    Announce(UserId),
    /// The first user came or went, and the second, of this gateway, may be concerned.
    Changed(UserId, UserId),
}

/// The queue of notes. A clone is the same queue.
#[derive(Clone)]
pub(super) struct Observer {
    notes: mpsc::Sender<Note>,
}

struct Worker {
    chat: Arc<Chat>,
    hub: Arc<Hub>,
}

impl Observer {
    /// A queue, and the task that works it off until `stop`.
    pub(super) fn start(chat: Arc<Chat>, hub: Arc<Hub>, tasks: &TaskTracker, stop: &CancellationToken) -> Self {
        let (notes, mut waiting) = mpsc::channel(MOST_WAITING);
        let (worker, stop) = (Worker { chat, hub }, stop.clone());
        tasks.spawn(async move {
            let work = async {
                let mut some = Vec::new();
                while waiting.recv_many(&mut some, TOGETHER).await > 0 {
                    if let Err(error) = worker.work(some.drain(..)).await {
                        tracing::warn!(%error, "changes of presence were not told");
                    }
                }
            };
            stop.run_until_cancelled(work).await;
        });
        Self { notes }
    }

    /// A user of this gateway came or went.
    pub(super) fn announce(&self, user: UserId) {
        self.note(Note::Announce(user));
    }

    /// `other` came or went; `user`, of this gateway, may be concerned.
    pub(super) fn changed(&self, other: UserId, user: UserId) {
        self.note(Note::Changed(other, user));
    }

    fn note(&self, note: Note) {
        if self.notes.try_send(note).is_err() {
            tracing::debug!("too many changes of presence: one was dropped");
        }
    }
}

impl Worker {
    async fn work(&self, notes: impl Iterator<Item = Note>) -> Result<()> {
        let (mut announced, mut changed) = (BTreeSet::new(), BTreeSet::new());
        for note in notes {
            match note {
                Note::Announce(user) => announced.insert(user),
                Note::Changed(other, user) => changed.insert((other, user)),
            };
        }
        for user in announced {
            let signals: Vec<_> = self.audience(user).await?;
            self.chat.tell(signals).await;
        }
        self.tell(&changed).await
    }

    /// Everybody whom a change of `user`'s presence may concern.
    async fn audience(&self, user: UserId) -> Result<Vec<Signal>> {
        let mut concerned = BTreeSet::new();
        for mailbox in self.chat.ports().store.mailboxes(user).await? {
            if let Some(membership) = self.chat.memberships().get(mailbox.conversation).await?
                && (membership.kind == Kind::Direct || membership.members.len() <= SMALL)
            {
                concerned.extend(membership.members.keys().copied());
            }
        }
        concerned.remove(&user);
        let signal = |other| Signal::User(other, UserEvent::PresenceChanged(user));
        Ok(concerned.into_iter().map(signal).collect())
    }

    async fn tell(&self, changed: &BTreeSet<(UserId, UserId)>) -> Result<()> {
        let others: Vec<UserId> = changed
            .iter()
            .map(|(other, _)| *other)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let states = self.chat.ports().presence.get(&others).await?;
        let states: BTreeMap<UserId, PresenceState> = others.into_iter().zip(states).collect();
        let mut burst = Burst::new();
        for (other, user) in changed {
            let Some(frame) = states
                .get(other)
                .and_then(|state| frames::presence(*other, (*state).into()))
            else {
                continue;
            };
            let partners = self.hub.is_in(*user, ConversationId::direct(*user, *other));
            for socket in self.hub.sockets(*user) {
                if partners
                    || socket
                        .session
                        .viewed()
                        .into_iter()
                        .any(|group| self.is_in_small(*other, group))
                {
                    burst.push(&socket.handle, &frame);
                }
            }
        }
        Ok(())
    }

    fn is_in_small(&self, user: UserId, group: ConversationId) -> bool {
        let membership = self.chat.memberships().remembered(group);
        membership.is_some_and(|group| group.members.len() <= SMALL && group.members.contains_key(&user))
    }
}
