//! Signals as bytes on the bus: a byte for the version, one for the kind of signal, then its fields in a fixed order.
//!
//! By hand and not by serde: core's types are written for people (ids and times as text, tags, absent fields), and each
//! message of the chat is encoded once and decoded by every gateway that has a member of it. How long that takes is in
//! `bench/README.md`.
//!
//! Gateways and workers of two releases talk to each other while one is rolled out. What comes after the known fields
//! of a signal is ignored, so a release may add fields at the end; anything else needs another version or kind, which
//! older programs drop: the bus may lose.

mod bytes;
mod change;
mod event;
mod membership;
mod message;

use talkline_core::{
    conversation::{Answered, MemberEvent, Reason, ReplyTo},
    event::{Signal, UserEvent},
    id::{ConversationId, SessionId, UserId},
    message::Message,
    offset::Offset,
    port::Membership,
};

use self::bytes::{Read, Reader, Unreadable, Write};

/// The version that this program writes, and the only one that it reads.
const VERSION: u8 = 1;

const CONVERSATION: u8 = 1;
const MEMBERSHIP: u8 = 2;
const REJECTED: u8 = 3;
const SESSION_ENDED: u8 = 4;
const PRESENCE_CHANGED: u8 = 5;
const ANSWER: u8 = 6;

/// The bytes of a signal.
pub(super) fn encode(signal: &Signal) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(VERSION);
    match signal {
        Signal::Conversation(event) => {
            bytes.push(CONVERSATION);
            event::write(&mut bytes, event);
        }
        Signal::User(user, event) => write_user_event(&mut bytes, *user, event),
        Signal::Answer(answer) => {
            bytes.push(ANSWER);
            bytes.text(&answer.reply_to.gateway);
            bytes.number(answer.reply_to.request);
            bytes.flag(answer.result.is_ok());
            match answer.result {
                Ok(number) => bytes.number(number),
                Err(reason) => bytes.push(reason_code(reason)),
            }
        }
    }
    bytes
}

/// The signal of these bytes, if this program can read it.
pub(super) fn decode(bytes: &[u8]) -> Option<Signal> {
    read(&mut Reader(bytes)).ok()
}

/// The bytes of a message by itself.
pub(in crate::redis) fn encode_message(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(VERSION);
    message::write(&mut bytes, message);
    bytes
}

/// The message of these bytes, if this program can read it.
pub(in crate::redis) fn decode_message(bytes: &[u8]) -> Option<Message> {
    let mut bytes = Reader(bytes);
    let version = bytes.byte().ok()?;
    message::read(&mut bytes).ok().filter(|_| version == VERSION)
}

/// The bytes of a membership by itself.
pub(in crate::redis) fn encode_membership(membership: &Membership) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + 32 * membership.members.len());
    bytes.push(VERSION);
    membership::write(&mut bytes, membership);
    bytes
}

/// The membership of these bytes, if this program can read it.
pub(in crate::redis) fn decode_membership(bytes: &[u8]) -> Option<Membership> {
    let mut bytes = Reader(bytes);
    let version = bytes.byte().ok()?;
    membership::read(&mut bytes).ok().filter(|_| version == VERSION)
}

fn read(bytes: &mut Reader<'_>) -> Read<Signal> {
    if bytes.byte()? != VERSION {
        return Err(Unreadable);
    }
    let kind = bytes.byte()?;
    match kind {
        CONVERSATION => event::read(bytes).map(Signal::Conversation),
        ANSWER => read_answer(bytes).map(Signal::Answer),
        _ => {
            let user = UserId::from_bytes(bytes.id()?);
            Ok(Signal::User(user, read_user_event(bytes, kind)?))
        }
    }
}

fn write_user_event(bytes: &mut Vec<u8>, user: UserId, event: &UserEvent) {
    bytes.push(match event {
        UserEvent::Membership(_) => MEMBERSHIP,
        UserEvent::Rejected { .. } => REJECTED,
        UserEvent::SessionEnded(_) => SESSION_ENDED,
        UserEvent::PresenceChanged(_) => PRESENCE_CHANGED,
    });
    bytes.extend_from_slice(user.as_bytes());
    match event {
        UserEvent::Membership(event) => {
            bytes.extend_from_slice(event.conversation.as_bytes());
            bytes.extend_from_slice(event.user.as_bytes());
            bytes.number(event.offset.get());
            bytes.maybe(event.member.as_ref(), change::write_member);
        }
        UserEvent::Rejected {
            conversation,
            client_message_id,
            reason,
        } => {
            bytes.extend_from_slice(conversation.as_bytes());
            bytes.text(client_message_id);
            bytes.push(reason_code(*reason));
        }
        UserEvent::SessionEnded(session) => bytes.extend_from_slice(session.as_bytes()),
        UserEvent::PresenceChanged(other) => bytes.extend_from_slice(other.as_bytes()),
    }
}

fn read_user_event(bytes: &mut Reader<'_>, kind: u8) -> Read<UserEvent> {
    Ok(match kind {
        MEMBERSHIP => UserEvent::Membership(MemberEvent {
            conversation: ConversationId::from_bytes(bytes.id()?),
            user: UserId::from_bytes(bytes.id()?),
            offset: Offset::from_raw(bytes.number()?),
            member: bytes.maybe(change::read_member)?,
        }),
        REJECTED => UserEvent::Rejected {
            conversation: ConversationId::from_bytes(bytes.id()?),
            client_message_id: bytes.text()?,
            reason: reason(bytes.byte()?)?,
        },
        SESSION_ENDED => UserEvent::SessionEnded(SessionId::from_bytes(bytes.id()?)),
        PRESENCE_CHANGED => UserEvent::PresenceChanged(UserId::from_bytes(bytes.id()?)),
        _ => return Err(Unreadable),
    })
}

fn read_answer(bytes: &mut Reader<'_>) -> Read<Answered> {
    let reply_to = ReplyTo {
        gateway: bytes.text()?,
        request: bytes.number()?,
    };
    let result = match bytes.flag()? {
        true => Ok(bytes.number()?),
        false => Err(reason(bytes.byte()?)?),
    };
    Ok(Answered { reply_to, result })
}

fn reason_code(reason: Reason) -> u8 {
    match reason {
        Reason::NotAMember => 0,
        Reason::NotAllowed => 1,
        Reason::MessageNotFound => 2,
        Reason::MessageDeleted => 3,
        Reason::DirectIsFixed => 4,
        Reason::TooManyMembers => 5,
        Reason::Quarantined => 6,
    }
}

fn reason(code: u8) -> Read<Reason> {
    Ok(match code {
        0 => Reason::NotAMember,
        1 => Reason::NotAllowed,
        2 => Reason::MessageNotFound,
        3 => Reason::MessageDeleted,
        4 => Reason::DirectIsFixed,
        5 => Reason::TooManyMembers,
        6 => Reason::Quarantined,
        _ => return Err(Unreadable),
    })
}

#[cfg(test)]
mod tests;
