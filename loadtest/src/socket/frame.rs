//! WebSocket frames (RFC 6455) as a client sends and receives them, on plain byte slices.
//!
//! The handshake is tokio-websockets' (see [`super::upgrade`]). Its stream, however, keeps an 8 KB read buffer for
//! each connection, which alone is the whole budget of a generated client; so frames are parsed in place from a buffer
//! that all connections of a thread share, and written straight into the connection's output.

/// What is larger than this is a broken server, not an answer: 16 MiB.
const MAX_PAYLOAD: usize = 16 << 20;

/// Frame types used here, by their number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// The next part of a message that was begun by another frame.
    Continuation,
    /// UTF-8 text, the only kind of data that Socket.IO's events need.
    Text,
    /// Binary data; nothing in the contract uses it.
    Binary,
    /// The end of the connection.
    Close,
    /// A WebSocket ping (Engine.IO's own are text).
    Ping,
    /// Its answer.
    Pong,
}

impl Opcode {
    fn from_wire(bits: u8) -> Result<Self, Malformed> {
        Ok(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return Err(Malformed("unknown opcode")),
        })
    }

    const fn to_wire(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }
}

/// One frame, its payload borrowed from the read buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Whether the message ends with it.
    pub fin: bool,
    /// What it carries.
    pub opcode: Opcode,
    /// The bytes carried.
    pub payload: &'a [u8],
}

/// The server broke the WebSocket protocol; says how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed WebSocket frame: {0}")]
pub struct Malformed(pub &'static str);

/// The first frame of `buf` and its length in bytes; `None` when it is not there completely yet.
///
/// # Errors
/// When no continuation of these bytes could be a server's frame.
pub fn parse(buf: &[u8]) -> Result<Option<(Frame<'_>, usize)>, Malformed> {
    let [first, second, ..] = *buf else { return Ok(None) };
    if first & 0x70 != 0 {
        return Err(Malformed("reserved bits without an extension"));
    }
    if second & 0x80 != 0 {
        return Err(Malformed("a server must not mask"));
    }
    let opcode = Opcode::from_wire(first & 0x0f)?;
    let Some((length, start)) = payload_length(buf, second & 0x7f) else {
        return Ok(None);
    };
    if length > MAX_PAYLOAD {
        return Err(Malformed("payload too long"));
    }
    let end = start + length;
    Ok(buf.get(start..end).map(|payload| {
        (
            Frame {
                fin: first & 0x80 != 0,
                opcode,
                payload,
            },
            end,
        )
    }))
}

/// Payload length and header length.
fn payload_length(buf: &[u8], short: u8) -> Option<(usize, usize)> {
    match short {
        126 => Some((usize::from(u16::from_be_bytes(*buf.get(2..)?.first_chunk()?)), 4)),
        127 => Some((
            usize::try_from(u64::from_be_bytes(*buf.get(2..)?.first_chunk()?)).unwrap_or(usize::MAX),
            10,
        )),
        length => Some((usize::from(length), 2)),
    }
}

/// Appends one final, masked frame whose payload is the concatenation of `parts`.
pub fn put(out: &mut Vec<u8>, opcode: Opcode, parts: &[&[u8]], mask: [u8; 4]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.push(0x80 | opcode.to_wire());
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => out.push(0x80 | short),
        (_, Ok(medium)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
    let start = out.len();
    for part in parts {
        out.extend_from_slice(part);
    }
    // By fours, which the compiler turns into vector instructions.
    let (fours, rest) = out[start..].as_chunks_mut();
    fours
        .iter_mut()
        .for_each(|four: &mut [u8; 4]| four.iter_mut().zip(mask).for_each(|(byte, key)| *byte ^= key));
    rest.iter_mut().zip(mask).for_each(|(byte, key)| *byte ^= key);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A server's frame of that payload, the inverse of [`parse`].
    fn server_frame(payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, Opcode::Text, &[payload], [0; 4]);
        let mask_at = out.len() - payload.len() - 4;
        out.drain(mask_at..mask_at + 4);
        out[1] &= 0x7f;
        out
    }

    proptest! {
        #[test]
        fn a_frame_is_read_back_and_no_prefix_of_it_is_a_frame(
            payload in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..300),
                proptest::collection::vec(any::<u8>(), 65_530..65_545),
            ],
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = server_frame(&payload);
            let expected = Frame { fin: true, opcode: Opcode::Text, payload: &payload };
            prop_assert_eq!(parse(&bytes), Ok(Some((expected, bytes.len()))));
            prop_assert_eq!(parse(&bytes[..cut.index(bytes.len())]), Ok(None));
        }

        #[test]
        fn garbage_is_refused_or_read_but_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(Some((frame, used))) = parse(&bytes) {
                prop_assert!(used <= bytes.len() && frame.payload.len() < used);
            }
        }
    }

    proptest! {
        #[test]
        fn the_mask_is_repeated_over_any_length(payload in proptest::collection::vec(any::<u8>(), 0..20), mask: [u8; 4]) {
            let mut out = Vec::new();
            put(&mut out, Opcode::Text, &[&payload], mask);
            let plain: Vec<u8> = out[6..].iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            prop_assert_eq!(plain, payload);
        }
    }

    #[test]
    fn masking_hides_the_payload_and_undoes_itself() {
        let (mut out, mask) = (Vec::new(), [1, 2, 3, 4]);
        put(&mut out, Opcode::Text, &[b"hel", b"lo"], mask);
        assert_eq!(out[..6], [0x81, 0x85, 1, 2, 3, 4]);
        let plain: Vec<u8> = out[6..]
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, key)| byte ^ key)
            .collect();
        assert_eq!(plain, b"hello");
        assert_ne!(&out[6..], b"hello");
    }

    #[test]
    fn what_a_server_must_not_send_is_refused() {
        for bytes in [
            &[0x81, 0x80][..],
            &[0xc1, 0],
            &[0x83, 0],
            &[0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0],
        ] {
            assert!(parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
