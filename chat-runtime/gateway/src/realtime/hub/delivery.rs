//! From an event to the sockets of the members who may see it.

use std::sync::Arc;

use talkline_core::{
    conversation::{Change, Member},
    event::{Event, EventBody},
    id::{ConversationId, UserId},
    message::Message,
    port::{Head, Membership},
    trace::Kind,
};

use super::{Taken, room::Room, state::State};
use crate::{
    chat::Memberships,
    engine::{Burst, Frame},
    realtime::frames,
};

impl State {
    pub(super) fn take(&mut self, event: Event, memberships: &Memberships, burst: &mut Burst) -> Taken {
        let Some(room) = self.rooms.get_mut(&event.conversation) else {
            return Taken::Done;
        };
        if room.is_waiting() {
            // Whoever loads the membership will look at this one too.
            room.wait(event);
            return Taken::Done;
        }
        match memberships.remembered_at(event.conversation, event.membership) {
            Some(membership) => {
                self.deliver(&event, &membership, burst);
                Taken::Done
            }
            None => {
                let wanted = event.membership;
                room.wait(event);
                Taken::Wants(wanted)
            }
        }
    }

    pub(super) fn release(
        &mut self,
        conversation: ConversationId,
        memberships: &Memberships,
        burst: &mut Burst,
    ) -> Taken {
        let Some(room) = self.rooms.get_mut(&conversation) else {
            return Taken::Done;
        };
        let wanted = room.wanted();
        let Some(membership) = memberships.remembered_at(conversation, wanted) else {
            return Taken::Wants(wanted);
        };
        for event in room.take_waiting() {
            self.deliver(&event, &membership, burst);
        }
        Taken::Done
    }

    pub(super) fn give_up(&mut self, conversation: ConversationId) {
        self.touch(conversation);
        if let Some(room) = self.rooms.get_mut(&conversation) {
            room.take_waiting();
        }
    }

    fn deliver(&mut self, event: &Event, membership: &Membership, burst: &mut Burst) {
        let _span = self.tracer.child(event.trace, "deliver", Kind::Consumer);
        let id = event.conversation;
        match &event.body {
            EventBody::Message(message) => self.message(id, message, membership, burst),
            EventBody::Change(change) => self.change(id, change, membership, burst),
            EventBody::Receipt { mark, delivered, read } => {
                let delivered = delivered.then(|| frames::delivered(id, mark)).flatten();
                let seen = read.then(|| frames::seen(id, mark)).flatten();
                self.send(id, membership, delivered.as_ref(), |_, _| true, burst);
                self.send(id, membership, seen.as_ref(), |_, _| true, burst);
            }
            EventBody::Typing { user, typing } => {
                let frame = frames::typing(id, *user, *typing);
                self.send(id, membership, frame.as_ref(), |other, _| other != *user, burst);
            }
            EventBody::Viewing { user, viewing } => {
                let frame = frames::viewing(id, *user, *viewing);
                self.send(id, membership, frame.as_ref(), |other, _| other != *user, burst);
            }
        }
    }

    fn message(&mut self, id: ConversationId, message: &Arc<Message>, membership: &Membership, burst: &mut Burst) {
        let is_new = |room: &mut Room| advance(&mut room.reached.seq, message.seq);
        if self.rooms.get_mut(&id).is_some_and(is_new) {
            self.touch(id);
            self.delivery.observe(message.created_at, self.clock.now());
            let frame = frames::message(message);
            let sees = |_, member: &Member| message.seq >= member.history_from;
            self.send(id, membership, frame.as_ref(), sees, burst);
        }
    }

    fn change(&mut self, id: ConversationId, change: &Arc<Change>, membership: &Membership, burst: &mut Burst) {
        let is_new = |room: &mut Room| advance(&mut room.reached.change_seq, change.change_seq);
        if self.rooms.get_mut(&id).is_some_and(is_new) {
            self.touch(id);
            let frame = frames::change(change);
            let sees = |_, member: &Member| {
                change.change_seq > member.changes_after
                    && change.message_seq.is_none_or(|seq| seq >= member.history_from)
            };
            self.send(id, membership, frame.as_ref(), sees, burst);
        }
    }

    /// Sends to the sockets of the room's locals who are members and whom `sees` lets see it.
    fn send(
        &self,
        id: ConversationId,
        membership: &Membership,
        frame: Option<&Frame>,
        sees: impl Fn(UserId, &Member) -> bool,
        burst: &mut Burst,
    ) {
        let Some((frame, room)) = frame.zip(self.rooms.get(&id)) else {
            return;
        };
        for user in room.locals() {
            let member = membership.members.get(user).filter(|_| !room.is_joining(*user));
            if member.is_some_and(|member| sees(*user, member)) {
                for socket in self.sockets(*user) {
                    burst.push(&socket.handle, frame);
                }
            }
        }
    }

    /// Sends a new member what the others got since the membership began, if `newest` has it all.
    pub(super) fn welcome(
        &mut self,
        user: UserId,
        id: ConversationId,
        member: Member,
        newest: &[Message],
        burst: &mut Burst,
    ) -> bool {
        let Some(room) = self.rooms.get_mut(&id) else {
            return true;
        };
        let reached = room.reached.seq;
        let before = member.history_from.saturating_sub(1);
        if newest.last().map_or(before, |message| message.seq) < reached {
            return false;
        }
        room.welcomed(user);
        let missed = newest
            .iter()
            .filter(|message| message.offset > member.since && message.seq <= reached);
        for frame in missed.filter_map(frames::message) {
            for socket in self.sockets(user) {
                burst.push(&socket.handle, &frame);
            }
        }
        true
    }

    /// Which rooms have not come as far as the store had some time ago.
    pub(super) fn behind(&self, heads: &[(ConversationId, Head)]) -> Vec<(ConversationId, Head)> {
        let is_behind = |(id, head): &&(ConversationId, Head)| {
            self.rooms.get(id).is_some_and(|room| {
                room.subscribed && (room.reached.seq < head.seq || room.reached.change_seq < head.change_seq)
            })
        };
        heads.iter().filter(is_behind).copied().collect()
    }

    /// Tells a room's members to ask, and answers the locals who are no members.
    pub(super) fn resync(
        &mut self,
        id: ConversationId,
        head: Head,
        membership: &Membership,
        burst: &mut Burst,
    ) -> Vec<UserId> {
        self.touch(id);
        let Some(room) = self.rooms.get_mut(&id) else {
            return Vec::new();
        };
        advance(&mut room.reached.seq, head.seq);
        advance(&mut room.reached.change_seq, head.change_seq);
        let strangers = room.locals().iter().copied();
        let strangers = strangers
            .filter(|user| !membership.members.contains_key(user))
            .collect();
        self.send(id, membership, frames::resync(Some(id)).as_ref(), |_, _| true, burst);
        strangers
    }
}

/// Raises `reached` to `to`, and says whether that moved it.
fn advance(reached: &mut u64, to: u64) -> bool {
    let moves = to > *reached;
    *reached = to.max(*reached);
    moves
}
