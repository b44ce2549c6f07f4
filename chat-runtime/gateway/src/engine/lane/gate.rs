//! What the protocol library writes, looked at frame by frame until the connection is fully open.
//!
//! The library pings as soon as a session is open. The Engine.IO protocol has the first ping one `pingInterval` later,
//! and the official test suites check that; so the gate takes that ping out of the stream and the lane answers it
//! itself, whereupon the library sends the next one an interval later. The gate also sees the two moments that decide
//! whether a frame may bypass the library: a transport upgrade's probe, and the fence (see [`FENCE`]).

/// Name of the event that the library is made to emit right after a namespace is connected (or, over an upgrade, after
/// everything that was queued for long-polling). When it comes by, all that the library had queued before is in the
/// stream, so frames can go straight to the connection without overtaking. It never reaches a client.
pub(in crate::engine) const FENCE: &str = "\u{1}fence";

/// How the text of the fence's packet starts: a message (4), an event (2), the name as JSON escapes it.
const FENCE_TEXT: &[u8] = br#"42["\u0001fence""#;

/// What the lane does with one frame that the library wrote.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Goes to the client.
    Pass,
    /// The first ping: is answered in the client's place.
    EarlyPing,
    /// The answer to an upgrade's probe: goes to the client, and the session learns of its new connection.
    Probe,
    /// The fence: goes nowhere; from here on frames go straight to the connection.
    Fence,
}

/// Judges a frame's payload; `fresh` as long as the first ping has not come by.
pub(super) fn judge(payload: &[u8], fresh: bool) -> Verdict {
    match payload {
        b"2" if fresh => Verdict::EarlyPing,
        b"3probe" => Verdict::Probe,
        text if text.starts_with(FENCE_TEXT) => Verdict::Fence,
        _ => Verdict::Pass,
    }
}

/// Cuts the first whole unmasked frame off `written`: the frame and the payload in it. The library always hands over
/// whole frames; should it ever not, the rest counts as one frame without a payload and passes as it is.
pub(super) fn split_frame(written: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (&_, rest) = written.split_first()?;
    let (header, length): (usize, usize) = match *rest {
        [126, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
        [127, a, b, c, d, e, f, g, h, ..] => (
            10,
            usize::try_from(u64::from_be_bytes([a, b, c, d, e, f, g, h])).unwrap_or(usize::MAX),
        ),
        [length @ 0..=125, ..] => (2, usize::from(length)),
        _ => return Some((written, &[], &[])),
    };
    match header.checked_add(length).and_then(|end| written.split_at_checked(end)) {
        Some((frame, rest)) => Some((frame, &frame[header..], rest)),
        None => Some((written, &[], &[])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Frame;

    #[test]
    fn judges_by_payload() {
        for (payload, fresh, verdict) in [
            ("2", true, Verdict::EarlyPing),
            ("2", false, Verdict::Pass),
            ("3probe", false, Verdict::Probe),
            ("42[\"\\u0001fence\"]", false, Verdict::Fence),
            ("42[\"chat:receive\",{}]", true, Verdict::Pass),
            ("40{\"sid\":\"x\"}", true, Verdict::Pass),
        ] {
            assert_eq!(judge(payload.as_bytes(), fresh), verdict, "{payload}");
        }
    }

    #[test]
    fn the_fence_is_recognised_as_it_is_encoded() {
        let frame = Frame::event(FENCE, &()).expect("encodes");
        let (_, payload, _) = split_frame(frame.wire()).expect("a frame");
        assert_eq!(judge(payload, false), Verdict::Fence);
    }

    #[test]
    fn splits_frames_of_every_length() {
        let frames: Vec<_> = [0, 100, 500, 70_000]
            .map(|length| Frame::event("e", &"x".repeat(length)).expect("encodes"))
            .into();
        let stream: Vec<u8> = frames.iter().flat_map(|frame| frame.wire().to_vec()).collect();
        let mut rest = stream.as_slice();
        for expected in &frames {
            let (frame, payload, next) = split_frame(rest).expect("a frame");
            assert_eq!(frame, expected.wire());
            assert!(payload.starts_with(b"42["));
            rest = next;
        }
        assert!(split_frame(rest).is_none());
    }

    #[test]
    fn what_is_no_whole_frame_passes() {
        for broken in [
            &[0x81][..],
            &[0x81, 5, b'a'],
            &[0x81, 126, 1],
            &[0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255, 1],
        ] {
            assert_eq!(split_frame(broken), Some((broken, &[][..], &[][..])));
        }
    }
}
