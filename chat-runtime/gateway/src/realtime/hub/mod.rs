//! Who is here: the users with sockets on this gateway, and the conversations that they are in.
//!
//! A room's locals are candidates, no more. Who gets an event is decided by the conversation's membership as of that
//! event, so a local too many does no harm, and one too few is added when the user's own channel says so.

mod delivery;
mod room;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use talkline_core::{
    conversation::Member,
    event::{Channel, Event},
    id::{ConversationId, SessionId, UserId},
    message::Message,
    offset::Offset,
    port::{Head, Membership},
};

use self::state::State;
use super::session::{Session, Socket};
use crate::{
    chat::{Chat, Memberships},
    engine::{Burst, Frame},
};

/// See the module. Its lock is held for moments only, never over an await or a system call.
pub(super) struct Hub {
    memberships: Memberships,
    state: Mutex<State>,
}

/// What became of an event.
pub(super) enum Taken {
    /// It is delivered, or of no concern here.
    Done,
    /// It waits until the membership has been loaded with the change at this offset.
    Wants(Offset),
}

impl Hub {
    pub(super) fn new(chat: &Chat) -> Arc<Self> {
        Arc::new(Self {
            memberships: chat.memberships().clone(),
            state: Mutex::new(State::new(chat)),
        })
    }

    /// A user comes with one more socket: whether everything is prepared for them.
    pub(super) fn enter(&self, user: UserId) -> bool {
        self.state().enter(user)
    }

    /// A user leaves with one socket.
    pub(super) fn leave(&self, user: UserId) {
        self.state().leave(user);
    }

    /// Puts a user into rooms and answers which of those are not subscribed yet.
    pub(super) fn join(&self, user: UserId, conversations: &[ConversationId]) -> Vec<ConversationId> {
        self.state().join(user, conversations)
    }

    /// Puts a user into a room where they get nothing until they are welcomed. Answers whether it is subscribed.
    pub(super) fn begin_joining(&self, user: UserId, conversation: ConversationId) -> bool {
        self.state().begin_joining(user, conversation)
    }

    /// Sends a new member what the others got since the membership began, if `newest` has it all: whether it has. From
    /// then on they get what the others get.
    pub(super) fn welcome(
        &self,
        user: UserId,
        conversation: ConversationId,
        member: Member,
        newest: &[Message],
        burst: &mut Burst,
    ) -> bool {
        self.state().welcome(user, conversation, member, newest, burst)
    }

    /// Takes a user out of a room: whether they were in.
    pub(super) fn part(&self, user: UserId, conversation: ConversationId) -> bool {
        self.state().part(user, conversation)
    }

    /// Rooms are subscribed; they had come so far afterwards.
    pub(super) fn subscribed(&self, rooms: &[(ConversationId, Head)]) {
        self.state().subscribed(rooms);
    }

    /// Everything is prepared for a user: further sockets of theirs need nothing.
    pub(super) fn prepared(&self, user: UserId) {
        self.state().prepared(user);
    }

    /// Channels that nobody here needs any more; their rooms are forgotten.
    pub(super) fn take_idle(&self) -> Vec<Channel> {
        self.state().take_idle()
    }

    /// A socket is connected.
    pub(super) fn connected(&self, socket: Socket) {
        self.state().connected(socket);
    }

    /// A socket is gone.
    pub(super) fn disconnected(&self, session: &Session) {
        self.state().disconnected(session);
    }

    /// Whether a user is here.
    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.state().is_here(user)
    }

    /// Whether a user is in a room here and gets what happens in it.
    pub(super) fn is_in(&self, user: UserId, conversation: ConversationId) -> bool {
        self.state().is_in(user, conversation)
    }

    /// The conversations that a user is in, as far as this gateway has heard.
    pub(super) fn conversations(&self, user: UserId) -> Vec<ConversationId> {
        self.state().conversations(user)
    }

    /// The sockets of a user.
    pub(super) fn sockets(&self, user: UserId) -> Vec<Socket> {
        self.state().sockets(user).to_vec()
    }

    /// The sockets of a login.
    pub(super) fn sockets_of(&self, user: UserId, login: SessionId) -> Vec<Socket> {
        let mut sockets = self.sockets(user);
        sockets.retain(|socket| socket.session.login() == login);
        sockets
    }

    /// Every socket.
    pub(super) fn all(&self) -> Vec<Socket> {
        self.state().all()
    }

    /// The users who are here.
    pub(super) fn users(&self) -> Vec<UserId> {
        self.state().users()
    }

    /// Sends to all sockets of a user.
    pub(super) fn tell(&self, user: UserId, frame: &Frame, burst: &mut Burst) {
        for socket in self.state().sockets(user) {
            burst.push(&socket.handle, frame);
        }
    }

    /// Takes an event of a conversation.
    pub(super) fn take(&self, event: Event, burst: &mut Burst) -> Taken {
        self.state().take(event, &self.memberships, burst)
    }

    /// Delivers what waited for a room's membership.
    pub(super) fn release(&self, conversation: ConversationId, burst: &mut Burst) -> Taken {
        self.state().release(conversation, &self.memberships, burst)
    }

    /// Gives up on what waits for a room's membership; the comparison of heads will tell the clients.
    pub(super) fn give_up(&self, conversation: ConversationId) {
        self.state().give_up(conversation);
    }

    /// Something happened in a room: it is compared with the store for some time.
    pub(super) fn touch(&self, conversation: ConversationId) {
        self.state().touch(conversation);
    }

    /// Rooms to compare with the store: the lately active ones, then others in turn, up to `others`.
    pub(super) fn due(&self, others: usize) -> Vec<ConversationId> {
        self.state().due(others)
    }

    /// Which rooms have not come as far as the store had some time ago.
    pub(super) fn behind(&self, heads: &[(ConversationId, Head)]) -> Vec<(ConversationId, Head)> {
        self.state().behind(heads)
    }

    /// Tells a room's members to ask, and answers the locals who are no members.
    pub(super) fn resync(
        &self,
        conversation: ConversationId,
        head: Head,
        membership: &Membership,
        burst: &mut Burst,
    ) -> Vec<UserId> {
        self.state().resync(conversation, head, membership, burst)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
