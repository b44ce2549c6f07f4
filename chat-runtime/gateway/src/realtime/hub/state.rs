//! The tables of the hub: users, rooms, and what is left idle.

use std::{collections::HashMap, mem, sync::Arc};

use smallvec::SmallVec;
use talkline_core::{
    event::Channel,
    id::{ConversationId, UserId},
    port::{Clock, Head},
    trace::Tracer,
};

use super::{
    super::session::{Session, Socket},
    room::Room,
};
use crate::{chat::Chat, metrics::Delivery};

/// For how many comparisons a room counts as active after something happened in it.
const ACTIVE_FOR: u8 = 6;

/// See the module.
pub(super) struct State {
    users: HashMap<UserId, Local>,
    pub(super) rooms: HashMap<ConversationId, Room>,
    /// Channels that were left; some may be in use again.
    left: Vec<Channel>,
    /// Rooms to compare in turn.
    turn: Vec<ConversationId>,
    pub(super) tracer: Tracer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) delivery: Delivery,
}

/// A user who is here.
#[derive(Default)]
struct Local {
    /// Sockets that are here or on their way.
    stays: usize,
    /// The channel is subscribed and the rooms are joined.
    prepared: bool,
    sockets: SmallVec<[Socket; 1]>,
    /// In order. A list, since there are many users, and most are in few.
    conversations: SmallVec<[ConversationId; 2]>,
}

impl Local {
    fn joins(&mut self, conversations: &[ConversationId]) {
        self.conversations.extend_from_slice(conversations);
        self.conversations.sort_unstable();
        self.conversations.dedup();
    }

    fn parts(&mut self, conversation: ConversationId) -> bool {
        let found = self.conversations.binary_search(&conversation);
        found.is_ok_and(|place| {
            self.conversations.remove(place);
            true
        })
    }
}

impl State {
    pub(super) fn new(chat: &Chat) -> Self {
        let ports = chat.ports();
        Self {
            users: HashMap::new(),
            rooms: HashMap::new(),
            left: Vec::new(),
            turn: Vec::new(),
            tracer: ports.tracer.clone(),
            clock: ports.clock.clone(),
            delivery: chat.metrics().delivery.clone(),
        }
    }

    pub(super) fn enter(&mut self, user: UserId) -> bool {
        let local = self.users.entry(user).or_default();
        local.stays += 1;
        local.prepared
    }

    pub(super) fn leave(&mut self, user: UserId) {
        let Some(local) = self.users.get_mut(&user) else { return };
        local.stays -= 1;
        if local.stays > 0 {
            return;
        }
        if let Some(local) = self.users.remove(&user) {
            for conversation in local.conversations {
                self.vacate(user, conversation);
            }
        }
        self.left.push(Channel::User(user));
    }

    pub(super) fn prepared(&mut self, user: UserId) {
        if let Some(local) = self.users.get_mut(&user) {
            local.prepared = true;
        }
    }

    pub(super) fn join(&mut self, user: UserId, conversations: &[ConversationId]) -> Vec<ConversationId> {
        let Some(local) = self.users.get_mut(&user) else {
            return Vec::new();
        };
        local.joins(conversations);
        let mut unsubscribed = Vec::new();
        for conversation in conversations {
            let room = self.rooms.entry(*conversation).or_default();
            room.add(user);
            if !room.subscribed {
                unsubscribed.push(*conversation);
            }
        }
        unsubscribed
    }

    /// Puts a user into a room where they get nothing until they are welcomed. Answers whether it is subscribed.
    pub(super) fn begin_joining(&mut self, user: UserId, conversation: ConversationId) -> bool {
        let Some(local) = self.users.get_mut(&user) else {
            return true;
        };
        local.joins(&[conversation]);
        let room = self.rooms.entry(conversation).or_default();
        room.add_joining(user);
        room.subscribed
    }

    pub(super) fn part(&mut self, user: UserId, conversation: ConversationId) -> bool {
        let local = self.users.get_mut(&user);
        let was_in = local.is_some_and(|local| local.parts(conversation));
        self.vacate(user, conversation);
        was_in
    }

    fn vacate(&mut self, user: UserId, conversation: ConversationId) {
        if let Some(room) = self.rooms.get_mut(&conversation) {
            room.remove(user);
            if room.locals().is_empty() {
                self.left.push(Channel::Conversation(conversation));
            }
        }
    }

    pub(super) fn subscribed(&mut self, rooms: &[(ConversationId, Head)]) {
        for (conversation, head) in rooms {
            if let Some(room) = self.rooms.get_mut(conversation) {
                room.subscribed = true;
                room.reached.seq = room.reached.seq.max(head.seq);
                room.reached.change_seq = room.reached.change_seq.max(head.change_seq);
            }
        }
    }

    pub(super) fn take_idle(&mut self) -> Vec<Channel> {
        let mut left = mem::take(&mut self.left);
        left.retain(|channel| match channel {
            Channel::User(user) => !self.users.contains_key(user),
            Channel::Conversation(conversation) => {
                let empty = self
                    .rooms
                    .get(conversation)
                    .is_some_and(|room| room.locals().is_empty());
                if empty {
                    self.rooms.remove(conversation);
                }
                empty
            }
            Channel::Gateway(_) => false,
        });
        left
    }

    pub(super) fn connected(&mut self, socket: Socket) {
        if let Some(local) = self.users.get_mut(&socket.session.user()) {
            local.sockets.push(socket);
        }
    }

    pub(super) fn disconnected(&mut self, session: &Session) -> Option<Socket> {
        let local = self.users.get_mut(&session.user())?;
        let mut sockets = local.sockets.iter();
        let place = sockets.position(|socket| socket.session.number() == session.number())?;
        Some(local.sockets.remove(place))
    }

    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    pub(super) fn is_in(&self, user: UserId, conversation: ConversationId) -> bool {
        let room = self.rooms.get(&conversation);
        room.is_some_and(|room| room.contains(user) && !room.is_joining(user))
    }

    pub(super) fn conversations(&self, user: UserId) -> Vec<ConversationId> {
        let local = self.users.get(&user);
        local.map(|local| local.conversations.to_vec()).unwrap_or_default()
    }

    pub(super) fn sockets(&self, user: UserId) -> &[Socket] {
        self.users
            .get(&user)
            .map(|local| local.sockets.as_slice())
            .unwrap_or_default()
    }

    pub(super) fn all(&self) -> Vec<Socket> {
        self.users
            .values()
            .flat_map(|local| local.sockets.iter().cloned())
            .collect()
    }

    pub(super) fn users(&self) -> Vec<UserId> {
        self.users.keys().copied().collect()
    }

    pub(super) fn touch(&mut self, conversation: ConversationId) {
        if let Some(room) = self.rooms.get_mut(&conversation) {
            room.active = ACTIVE_FOR;
        }
    }

    pub(super) fn due(&mut self, others: usize) -> Vec<ConversationId> {
        let mut due = Vec::new();
        for (conversation, room) in &mut self.rooms {
            if room.active > 0 {
                room.active -= 1;
                due.push(*conversation);
            }
        }
        if self.turn.is_empty() {
            self.turn = self.rooms.keys().copied().collect();
        }
        let rest = self.turn.len().saturating_sub(others);
        due.extend(self.turn.drain(rest..));
        due
    }
}
