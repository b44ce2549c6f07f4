//! Events as frames, each encoded once for however many sockets it goes to.
//!
//! All of these shapes can be written as JSON; should one not, it is logged and nobody gets it.

use std::time::Duration;

use serde::Serialize;
use talkline_core::{
    conversation::{self, Reason},
    id::{ConversationId, UserId},
    message,
    receipt::Mark,
};

use crate::{
    engine::Frame,
    problem::Problem,
    wire::{self, ConversationRef, Draining, PresenceUpdate, Receipt, Received, Rejected, Resync, Typing, Viewing},
};

pub(super) fn message(message: &message::Message) -> Option<Frame> {
    droppable("chat:receive", &Received::from(message))
}

pub(super) fn change(change: &conversation::Change) -> Option<Frame> {
    let change = wire::Change::from(change);
    droppable(change.kind.event(), &change)
}

pub(super) fn delivered(conversation: ConversationId, mark: &Mark) -> Option<Frame> {
    droppable("chat:delivered:ack", &receipt(conversation, mark, mark.delivered_seq))
}

pub(super) fn seen(conversation: ConversationId, mark: &Mark) -> Option<Frame> {
    droppable("chat:seen:ack", &receipt(conversation, mark, mark.read_seq))
}

fn receipt(conversation_id: ConversationId, mark: &Mark, seq: u64) -> Receipt {
    Receipt {
        conversation_id,
        user_id: mark.user_id,
        seq,
        at: mark.at,
    }
}

pub(super) fn typing(conversation_id: ConversationId, user_id: UserId, typing: bool) -> Option<Frame> {
    let update = Typing {
        conversation_id,
        user_id,
        typing,
    };
    droppable("chat:typing:update", &update)
}

pub(super) fn viewing(conversation_id: ConversationId, user_id: UserId, viewing: bool) -> Option<Frame> {
    let name = if viewing { "chat:user:joined" } else { "chat:user:left" };
    let update = Viewing {
        conversation_id,
        user_id,
    };
    droppable(name, &update)
}

pub(super) fn presence(user_id: UserId, presence: wire::Presence) -> Option<Frame> {
    droppable("presence:update", &PresenceUpdate { user_id, presence })
}

pub(super) fn resync(conversation_id: Option<ConversationId>) -> Option<Frame> {
    essential("chat:resync", &Resync { conversation_id })
}

pub(super) fn rejected(conversation_id: ConversationId, client_message_id: &str, reason: Reason) -> Option<Frame> {
    let problem = Problem::from(reason);
    let rejected = Rejected {
        conversation_id,
        client_message_id,
        error: problem.body(),
    };
    essential("chat:rejected", &rejected)
}

pub(super) fn conversation_new(conversation: wire::Conversation) -> Option<Frame> {
    essential("conversation:new", &wire::ConversationNew { conversation })
}

pub(super) fn conversation_removed(conversation_id: ConversationId) -> Option<Frame> {
    essential("conversation:removed", &ConversationRef { conversation_id })
}

pub(super) fn draining(within: Duration) -> Option<Frame> {
    let reconnect_within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
    essential("server:draining", &Draining { reconnect_within_ms })
}

/// Gives way to a resync if the socket's backlog is full: all of it can be had by `chat:sync`, or passes anyway.
fn droppable(name: &'static str, payload: &impl Serialize) -> Option<Frame> {
    encoded(name, Frame::event(name, payload))
}

/// What `chat:sync` would not bring back.
fn essential(name: &'static str, payload: &impl Serialize) -> Option<Frame> {
    encoded(name, Frame::essential(name, payload))
}

fn encoded(name: &'static str, frame: serde_json::Result<Frame>) -> Option<Frame> {
    frame
        .inspect_err(|error| tracing::error!(%error, event = name, "an event could not be encoded"))
        .ok()
}
