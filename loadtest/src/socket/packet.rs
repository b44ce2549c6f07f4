//! Engine.IO v4 and Socket.IO v5 packets as text, parsed without copying and without a JSON document.
//!
//! Only the default namespace and text packets exist here, as in the contract; anything else is [`Malformed`], since a
//! harness that skipped over it could not say that nothing was lost.

use std::time::Duration;

use serde::Deserialize;

/// The answer to an Engine.IO ping.
pub const PONG: &[u8] = b"3";

/// One packet from the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// Engine.IO's handshake.
    Open(Heartbeat),
    /// The server closes the transport.
    Close,
    /// To be answered by [`PONG`].
    Ping,
    /// Nothing.
    Noop,
    /// The namespace was entered.
    Connected,
    /// The namespace was refused, for example with `UNAUTHENTICATED`.
    Refused(Box<str>),
    /// The server put the socket out of the namespace.
    Disconnected,
    /// An event: its name, and its first argument as JSON.
    Event(&'a str, &'a [u8]),
    /// An acknowledgement: its number, and its first argument as JSON.
    Ack(u64, &'a [u8]),
}

/// How long silence may last before the connection counts as lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// The server's ping interval plus the time it may be late.
    pub limit: Duration,
}

/// A text that is no packet of the default namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed Socket.IO packet: {0}")]
pub struct Malformed(pub &'static str);

/// Reads one packet.
///
/// # Errors
/// For anything that the contract does not allow a server to send.
pub fn parse(text: &[u8]) -> Result<Packet<'_>, Malformed> {
    match text {
        [b'4', message @ ..] => parse_message(message),
        [b'0', json @ ..] => parse_open(json),
        [b'1'] => Ok(Packet::Close),
        [b'2', ..] => Ok(Packet::Ping),
        [b'6'] => Ok(Packet::Noop),
        _ => Err(Malformed("unknown Engine.IO packet")),
    }
}

fn parse_message(message: &[u8]) -> Result<Packet<'_>, Malformed> {
    match message {
        [b'2', event @ ..] => parse_event(event),
        [b'3', ack @ ..] => parse_ack(ack),
        [b'0', b'{', ..] | [b'0'] => Ok(Packet::Connected),
        [b'1'] => Ok(Packet::Disconnected),
        [b'4', json @ ..] => parse_refusal(json),
        _ => Err(Malformed("unknown Socket.IO packet")),
    }
}

fn parse_open(json: &[u8]) -> Result<Packet<'_>, Malformed> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Open {
        ping_interval: u64,
        ping_timeout: u64,
    }
    let open: Open = serde_json::from_slice(json).map_err(|_| Malformed("handshake"))?;
    let limit = Duration::from_millis(open.ping_interval.saturating_add(open.ping_timeout));
    Ok(Packet::Open(Heartbeat { limit }))
}

fn parse_refusal(json: &[u8]) -> Result<Packet<'_>, Malformed> {
    #[derive(Deserialize)]
    struct Refusal {
        message: Box<str>,
    }
    serde_json::from_slice(json)
        .map(|Refusal { message }| Packet::Refused(message))
        .map_err(|_| Malformed("connect error"))
}

fn parse_event(event: &[u8]) -> Result<Packet<'_>, Malformed> {
    // An event that itself asks for an acknowledgement has a number here; the contract has none, so it is not read.
    let (_, array) = split_number(event);
    let inner = array
        .strip_prefix(b"[\"")
        .and_then(|rest| rest.strip_suffix(b"]"))
        .ok_or(Malformed("event"))?;
    let end = inner
        .iter()
        .position(|byte| *byte == b'"')
        .ok_or(Malformed("event name"))?;
    let name = std::str::from_utf8(&inner[..end]).map_err(|_| Malformed("event name"))?;
    match &inner[end + 1..] {
        [] => Ok(Packet::Event(name, b"null")),
        [b',', payload @ ..] => Ok(Packet::Event(name, payload)),
        _ => Err(Malformed("event")),
    }
}

fn parse_ack(ack: &[u8]) -> Result<Packet<'_>, Malformed> {
    let (number, array) = split_number(ack);
    let number = number.ok_or(Malformed("acknowledgement without a number"))?;
    let payload = array.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
    Ok(Packet::Ack(number, payload.ok_or(Malformed("acknowledgement"))?))
}

/// The decimal number that `text` begins with, if there is one that fits, and what follows.
fn split_number(text: &[u8]) -> (Option<u64>, &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    (number, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_packet_of_a_server_is_read() {
        let open = br#"0{"sid":"x","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#;
        let table: [(&[u8], Packet<'_>); 10] = [
            (
                open,
                Packet::Open(Heartbeat {
                    limit: Duration::from_millis(500),
                }),
            ),
            (b"1", Packet::Close),
            (b"2", Packet::Ping),
            (b"6", Packet::Noop),
            (br#"40{"sid":"y"}"#, Packet::Connected),
            (b"41", Packet::Disconnected),
            (
                br#"44{"message":"TOKEN_EXPIRED"}"#,
                Packet::Refused("TOKEN_EXPIRED".into()),
            ),
            (
                br#"42["chat:receive",{"seq":1}]"#,
                Packet::Event("chat:receive", br#"{"seq":1}"#),
            ),
            (br#"42["bare"]"#, Packet::Event("bare", b"null")),
            (br#"4317[{"ok":true}]"#, Packet::Ack(17, br#"{"ok":true}"#)),
        ];
        for (text, packet) in table {
            assert_eq!(parse(text), Ok(packet), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for text in [
            "",
            "9",
            "4",
            "45",
            "42",
            "42[]",
            "42[7]",
            r#"42["a" 1]"#,
            "43[1]",
            "431",
            "0",
            "44{}",
            "42/x,[\"a\"]",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_but_never_panics(text in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(Packet::Event(name, _)) = parse(&text) {
                prop_assert!(!name.contains('"'));
            }
        }

        #[test]
        fn an_acknowledgement_keeps_its_number_and_payload(number in any::<u64>(), value in "[a-z0-9]{0,20}") {
            let text = format!(r#"43{number}["{value}"]"#);
            let payload = format!(r#""{value}""#);
            prop_assert_eq!(parse(text.as_bytes()), Ok(Packet::Ack(number, payload.as_bytes())));
        }
    }
}
