//! Events of conversations as bytes.

use std::sync::Arc;

use talkline_core::{
    event::{Event, EventBody},
    id::{ConversationId, UserId},
    offset::Offset,
    receipt::Mark,
    time::Timestamp,
    trace::SpanContext,
};

use super::{
    bytes::{Read, Reader, Unreadable, Write},
    change, message,
};

const MESSAGE: u8 = 1;
const CHANGE: u8 = 2;
const RECEIPT: u8 = 3;
const TYPING: u8 = 4;
const VIEWING: u8 = 5;

/// Before the trace, which stands at the end and only where there is one: it costs nothing else, and was no part of the
/// first release's form.
const TRACE: u8 = b't';

pub(super) fn write(bytes: &mut Vec<u8>, event: &Event) {
    bytes.extend_from_slice(event.conversation.as_bytes());
    bytes.number(event.offset.get());
    bytes.number(event.membership.get());
    match &event.body {
        EventBody::Message(message) => {
            bytes.push(MESSAGE);
            message::write(bytes, message);
        }
        EventBody::Change(change) => {
            bytes.push(CHANGE);
            change::write(bytes, change);
        }
        EventBody::Receipt { mark, delivered, read } => {
            bytes.push(RECEIPT);
            write_mark(bytes, mark);
            bytes.flag(*delivered);
            bytes.flag(*read);
        }
        EventBody::Typing { user, typing } => write_word(bytes, TYPING, *user, *typing),
        EventBody::Viewing { user, viewing } => write_word(bytes, VIEWING, *user, *viewing),
    }
    if let Some(trace) = event.trace {
        bytes.push(TRACE);
        bytes.extend_from_slice(&trace.to_bytes());
    }
}

pub(super) fn read(bytes: &mut Reader<'_>) -> Read<Event> {
    Ok(Event {
        conversation: ConversationId::from_bytes(bytes.id()?),
        offset: Offset::from_raw(bytes.number()?),
        membership: Offset::from_raw(bytes.number()?),
        body: read_body(bytes)?,
        trace: read_trace(bytes),
    })
}

fn read_body(bytes: &mut Reader<'_>) -> Read<EventBody> {
    Ok(match bytes.byte()? {
        MESSAGE => EventBody::Message(Arc::new(message::read(bytes)?)),
        CHANGE => EventBody::Change(Arc::new(change::read(bytes)?)),
        RECEIPT => EventBody::Receipt {
            mark: read_mark(bytes)?,
            delivered: bytes.flag()?,
            read: bytes.flag()?,
        },
        TYPING => EventBody::Typing {
            user: UserId::from_bytes(bytes.id()?),
            typing: bytes.flag()?,
        },
        VIEWING => EventBody::Viewing {
            user: UserId::from_bytes(bytes.id()?),
            viewing: bytes.flag()?,
        },
        _ => return Err(Unreadable),
    })
}

/// None for whatever a later release has there: an event is worth more than its trace.
fn read_trace(bytes: &Reader<'_>) -> Option<SpanContext> {
    let (_, trace) = bytes.0.split_first().filter(|(first, _)| **first == TRACE)?;
    SpanContext::from_bytes(trace.get(..SpanContext::LENGTH)?)
}

fn write_word(bytes: &mut Vec<u8>, kind: u8, user: UserId, word: bool) {
    bytes.push(kind);
    bytes.extend_from_slice(user.as_bytes());
    bytes.flag(word);
}

fn write_mark(bytes: &mut Vec<u8>, mark: &Mark) {
    bytes.extend_from_slice(mark.user_id.as_bytes());
    bytes.number(mark.delivered_seq);
    bytes.number(mark.read_seq);
    bytes.signed(mark.at.as_millis());
}

fn read_mark(bytes: &mut Reader<'_>) -> Read<Mark> {
    Ok(Mark {
        user_id: UserId::from_bytes(bytes.id()?),
        delivered_seq: bytes.number()?,
        read_seq: bytes.number()?,
        at: Timestamp::from_millis(bytes.signed()?),
    })
}
