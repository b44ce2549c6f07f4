//! Where in a trace something happens, and its form in headers.

use std::{fmt, str::FromStr};

/// A span of a trace that is sampled: what begins in it is its child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpanContext {
    /// The trace's id; never 0.
    pub trace: u128,
    /// The span's id; never 0.
    pub span: u64,
}

impl SpanContext {
    /// Its bytes in SQLite and on the bus.
    pub const LENGTH: usize = 24;

    /// The trace's id, then the span's.
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..16].copy_from_slice(&self.trace.to_be_bytes());
        bytes[16..].copy_from_slice(&self.span.to_be_bytes());
        bytes
    }

    /// Reads what [`SpanContext::to_bytes`] wrote; nothing of other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (trace, span) = bytes.split_first_chunk()?;
        let (trace, span) = (u128::from_be_bytes(*trace), u64::from_be_bytes(span.try_into().ok()?));
        (trace != 0 && span != 0).then_some(Self { trace, span })
    }

    /// As a `traceparent` (version 00).
    pub fn traceparent(self) -> String {
        Traceparent {
            context: self,
            sampled: true,
        }
        .to_string()
    }

    /// Of a `traceparent`, if that has the form and is sampled.
    pub fn of_traceparent(text: &[u8]) -> Option<Self> {
        let parent: Traceparent = std::str::from_utf8(text).ok()?.parse().ok()?;
        parent.sampled.then_some(parent.context)
    }
}

/// What a W3C `traceparent` says. `Display` writes version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traceparent {
    /// The trace, and the span that asks.
    pub context: SpanContext,
    /// Whether who asks records it.
    pub sampled: bool,
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SpanContext { trace, span } = self.context;
        write!(f, "00-{trace:032x}-{span:016x}-{:02x}", u8::from(self.sampled))
    }
}

/// Text that is not a `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATraceparent;

impl FromStr for Traceparent {
    type Err = NotATraceparent;

    /// Reads version 00, and what a later version has in common with it (W3C Trace Context, section 4.3).
    fn from_str(text: &str) -> Result<Self, NotATraceparent> {
        let lower_hex = |part: &&str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let mut parts = text.split('-');
        let mut next = |length| {
            parts
                .next()
                .filter(|part| part.len() == length)
                .filter(lower_hex)
                .ok_or(NotATraceparent)
        };
        let (version, trace, span, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
        let last = parts.next().is_none();
        let trace = u128::from_str_radix(trace, 16).map_err(|_| NotATraceparent)?;
        let span = u64::from_str_radix(span, 16).map_err(|_| NotATraceparent)?;
        let flags = u8::from_str_radix(flags, 16).map_err(|_| NotATraceparent)?;
        if version == "ff" || (version == "00" && !last) || trace == 0 || span == 0 {
            return Err(NotATraceparent);
        }
        Ok(Self {
            context: SpanContext { trace, span },
            sampled: flags & 1 == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const CONTEXT: SpanContext = SpanContext {
        trace: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
        span: 0x00f0_67aa_0ba9_02b7,
    };

    #[test]
    fn it_comes_back_from_a_header_and_from_bytes() {
        assert_eq!(CONTEXT.traceparent(), PARENT);
        assert_eq!(SpanContext::of_traceparent(PARENT.as_bytes()), Some(CONTEXT));
        assert_eq!(SpanContext::from_bytes(&CONTEXT.to_bytes()), Some(CONTEXT));
        assert_eq!(SpanContext::from_bytes(&CONTEXT.to_bytes()[1..]), None);
        assert_eq!(SpanContext::from_bytes(&[0; SpanContext::LENGTH]), None);
    }

    #[test]
    fn of_one_that_is_not_sampled_there_is_none() {
        let unsampled = PARENT.replace("-01", "-00");
        assert_eq!(SpanContext::of_traceparent(unsampled.as_bytes()), None);
        assert_eq!(
            unsampled.parse::<Traceparent>().map(|parent| parent.to_string()),
            Ok(unsampled)
        );
    }

    #[test]
    fn what_has_not_the_form_is_refused() {
        for bad in [
            "",
            "00",
            &PARENT[1..],
            &PARENT.to_uppercase(),
            &PARENT.replacen("00-", "ff-", 1),
            &format!("{PARENT}-more"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(bad.parse::<Traceparent>(), Err(NotATraceparent), "{bad}");
        }
        let later = format!("{}-more", PARENT.replacen("00-", "01-", 1));
        assert!(later.parse::<Traceparent>().is_ok());
    }
}
