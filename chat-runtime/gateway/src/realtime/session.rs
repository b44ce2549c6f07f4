//! What the gateway keeps for each socket. There are many, so this is small.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use talkline_core::id::{ConversationId, SessionId, UserId};

use super::{presence::Entry, stay::Stay};
use crate::auth::Identity;

/// A connected socket's owner. While it lives, its user is served by this gateway.
pub struct Session {
    state: Mutex<State>,
    entry: Entry,
    /// Last, so that the user leaves only when nothing of the socket is left.
    stay: Stay,
}

struct State {
    identity: Identity,
    /// The conversations that the client looks at.
    viewed: Vec<ConversationId>,
}

impl Session {
    pub(super) fn new(identity: Identity, entry: Entry, stay: Stay) -> Self {
        Self {
            state: Mutex::new(State {
                identity,
                viewed: Vec::new(),
            }),
            entry,
            stay,
        }
    }

    /// Unique within this gateway.
    pub(super) fn number(&self) -> u64 {
        self.entry.number()
    }

    /// The socket is gone: it counts no longer among its user's.
    pub(super) async fn strike_out(&self) {
        self.entry.strike_out().await;
    }

    pub(super) fn user(&self) -> UserId {
        self.stay.user()
    }

    pub(super) fn identity(&self) -> Identity {
        self.state().identity
    }

    pub(super) fn login(&self) -> SessionId {
        self.identity().session
    }

    /// Goes on with a newer token of the same user.
    pub(super) fn renew(&self, identity: Identity) {
        self.state().identity = identity;
    }

    /// The client looks at a conversation: `true` if it did not before, `None` if it looks at too many.
    pub(super) fn view(&self, conversation: ConversationId, most: usize) -> Option<bool> {
        let mut state = self.state();
        if state.viewed.contains(&conversation) {
            return Some(false);
        }
        (state.viewed.len() < most).then(|| {
            state.viewed.push(conversation);
            true
        })
    }

    /// The client looks at a conversation no longer: whether it did.
    pub(super) fn unview(&self, conversation: ConversationId) -> bool {
        let mut state = self.state();
        let before = state.viewed.len();
        state.viewed.retain(|viewed| *viewed != conversation);
        state.viewed.len() < before
    }

    pub(super) fn views(&self, conversation: ConversationId) -> bool {
        self.state().viewed.contains(&conversation)
    }

    pub(super) fn viewed(&self) -> Vec<ConversationId> {
        self.state().viewed.clone()
    }

    pub(super) fn take_viewed(&self) -> Vec<ConversationId> {
        std::mem::take(&mut self.state().viewed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session and the handle to its socket.
#[derive(Clone)]
pub(super) struct Socket {
    pub(super) session: Arc<Session>,
    pub(super) handle: crate::engine::Handle,
}
