//! An outgoing Socket.IO packet, encoded once for however many sockets it goes to.
//!
//! A frame holds the finished bytes of an unmasked WebSocket text message (RFC 6455, section 5.2), so that a broadcast
//! to a thousand WebSockets costs one encoding and a thousand writes of shared memory. Long-polling clients get the
//! same text through the protocol library, which is why a frame remembers where its parts lie.

use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;
use serde_json::value::RawValue;

/// First byte of a WebSocket frame that is a whole text message.
const TEXT: u8 = 0x81;

/// An outgoing packet; a clone shares the bytes.
#[derive(Clone, Debug)]
pub struct Frame {
    /// WebSocket header and payload.
    wire: Bytes,
    kind: Kind,
}

/// What the frame is, as far as its way to the socket depends on it. Offsets count from the start of `wire`.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// `42["name",payload]`.
    Event { name: Span, payload: Span, essential: bool },
    /// `43<id>[payload]`.
    Ack { id: i64, payload: Span },
    /// Bytes that the protocol library wrote; they never travel over anything but their own connection.
    Library,
}

/// A part of a frame's bytes.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
}

/// What a frame says, for a transport that wants the parts and not the bytes.
#[derive(Debug)]
pub(super) enum Packet<'a> {
    Event { name: &'a str, payload: &'a str },
    Ack { id: i64, payload: &'a str },
    Library,
}

impl Frame {
    /// An event that may be dropped for a socket whose backlog is full; that socket then gets the configured
    /// [`Config::resync`](super::Config::resync) event in its place.
    ///
    /// # Errors
    /// What `payload`'s serialisation says.
    pub fn event<T: Serialize + ?Sized>(name: &str, payload: &T) -> serde_json::Result<Self> {
        Self::encode_event(name, payload, false)
    }

    /// An event that is never dropped: rather than that, the socket ends.
    ///
    /// # Errors
    /// What `payload`'s serialisation says.
    pub fn essential<T: Serialize + ?Sized>(name: &str, payload: &T) -> serde_json::Result<Self> {
        Self::encode_event(name, payload, true)
    }

    fn encode_event<T: Serialize + ?Sized>(name: &str, payload: &T, essential: bool) -> serde_json::Result<Self> {
        let mut text = b"42[".to_vec();
        serde_json::to_writer(&mut text, name)?;
        let name_end = text.len() - 1;
        text.push(b',');
        let payload_start = text.len();
        serde_json::to_writer(&mut text, payload)?;
        let payload_end = text.len();
        text.push(b']');
        let (wire, at) = envelope(&text);
        let name = Span::new(at + b"42[\"".len(), at + name_end);
        Ok(Self {
            wire,
            kind: Kind::Event {
                name,
                payload: Span::new(at + payload_start, at + payload_end),
                essential,
            },
        })
    }

    /// The answer to the client's packet `id`; never dropped.
    pub(super) fn ack(id: i64, payload: &RawValue) -> Self {
        let mut text = format!("43{id}[").into_bytes();
        let start = text.len();
        text.extend_from_slice(payload.get().as_bytes());
        let end = text.len();
        text.push(b']');
        let (wire, at) = envelope(&text);
        Self {
            wire,
            kind: Kind::Ack {
                id,
                payload: Span::new(at + start, at + end),
            },
        }
    }

    /// Whole WebSocket frames as the protocol library wrote them; never dropped.
    pub(super) fn library(wire: Bytes) -> Self {
        Self {
            wire,
            kind: Kind::Library,
        }
    }

    /// The bytes for a WebSocket.
    pub(super) fn wire(&self) -> &Bytes {
        &self.wire
    }

    /// Whether an overfull backlog may drop it.
    pub(super) fn droppable(&self) -> bool {
        matches!(self.kind, Kind::Event { essential: false, .. })
    }

    /// The parts, for long-polling.
    pub(super) fn packet(&self) -> Packet<'_> {
        match self.kind {
            Kind::Event { name, payload, .. } => Packet::Event {
                name: self.text(name),
                payload: self.text(payload),
            },
            Kind::Ack { id, payload } => Packet::Ack {
                id,
                payload: self.text(payload),
            },
            Kind::Library => Packet::Library,
        }
    }

    /// A part as text. The spans are cut at the edges of what a JSON encoder wrote, so they are always valid UTF-8.
    fn text(&self, span: Span) -> &str {
        std::str::from_utf8(&self.wire[span.start as usize..span.end as usize]).unwrap_or_default()
    }
}

impl Span {
    /// Saturates beyond 4 GiB, where no packet comes near.
    fn new(start: usize, end: usize) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: clamp(start),
            end: clamp(end),
        }
    }
}

/// Puts the WebSocket header before `text`; answers the frame and the header's length.
fn envelope(text: &[u8]) -> (Bytes, usize) {
    let mut wire = BytesMut::with_capacity(text.len() + 10);
    wire.put_u8(TEXT);
    match text.len() {
        short @ 0..=125 => wire.put_u8(short as u8),
        medium @ 126..=0xFFFF => {
            wire.put_u8(126);
            wire.put_u16(medium as u16);
        }
        long => {
            wire.put_u8(127);
            wire.put_u64(long as u64);
        }
    }
    let header = wire.len();
    wire.put_slice(text);
    (wire.freeze(), header)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(frame: &Frame) -> (String, String) {
        match frame.packet() {
            Packet::Event { name, payload } => (name.to_owned(), payload.to_owned()),
            Packet::Ack { id, payload } => (id.to_string(), payload.to_owned()),
            Packet::Library => panic!("not a packet of ours"),
        }
    }

    #[test]
    fn an_event_is_a_text_message_that_remembers_its_parts() {
        let frame = Frame::event("chat:receive", &json!({"seq": 7})).expect("encodes");
        assert_eq!(&frame.wire()[..2], &[TEXT, 28]);
        assert_eq!(&frame.wire()[2..], br#"42["chat:receive",{"seq":7}]"#.as_slice());
        assert_eq!(parts(&frame), ("chat:receive".into(), r#"{"seq":7}"#.into()));
    }

    #[test]
    fn the_header_grows_with_the_payload() {
        for (length, header) in [(0, 2), (125, 4), (200, 4), (70_000, 10)] {
            let text = "x".repeat(length);
            let frame = Frame::event("e", &text).expect("encodes");
            let body = frame.wire().len() - header;
            assert_eq!(body, r#"42["e",""]"#.len() + length, "payload of {length}");
            assert_eq!(parts(&frame).1, format!("\"{text}\""));
        }
    }

    #[test]
    fn only_plain_events_may_be_dropped() {
        let ack = RawValue::from_string(r#"{"ok":true}"#.into()).expect("JSON");
        let frame = Frame::ack(12, &ack);
        assert_eq!(&frame.wire()[2..], br#"4312[{"ok":true}]"#.as_slice());
        assert_eq!(parts(&frame), ("12".into(), r#"{"ok":true}"#.into()));
        assert!(!frame.droppable());
        assert!(!Frame::essential("e", &1).expect("encodes").droppable());
        assert!(Frame::event("e", &1).expect("encodes").droppable());
    }
}
