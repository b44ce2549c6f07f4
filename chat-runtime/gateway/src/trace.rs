//! The trace that a request belongs to: W3C `traceparent`, taken over from the client or begun here.
//!
//! It stays with the task that serves the request, so that logs, problems and the log's records can name it without
//! every function in between passing it on. Work that is spawned must be put in [`Trace::scope`] again.

use std::{fmt, future::Future, str::FromStr};

tokio::task_local! {
    static CURRENT: Trace;
}

/// The trace of the running request; none outside of one.
pub fn current() -> Option<Trace> {
    CURRENT.try_with(|trace| *trace).ok()
}

/// A trace and the span in it. `Display` is a `traceparent` (version 00).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    id: u128,
    span: u64,
    sampled: bool,
}

impl Trace {
    /// A new trace.
    pub fn begin() -> Self {
        Self {
            id: rand::random_range(1..=u128::MAX),
            span: rand::random_range(1..=u64::MAX),
            sampled: false,
        }
    }

    /// Continues the trace of a `traceparent` header, if it has the form; else begins one.
    pub fn continue_from(header: Option<&str>) -> Self {
        let begun = Self::begin();
        match header.and_then(|text| text.parse::<Self>().ok()) {
            Some(parent) => Self {
                span: begun.span,
                ..parent
            },
            None => begun,
        }
    }

    /// The trace's id: 32 hexadecimal digits.
    pub fn id(&self) -> String {
        format!("{:032x}", self.id)
    }

    /// Runs `work` as part of this trace.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{:032x}-{:016x}-{:02x}",
            self.id,
            self.span,
            u8::from(self.sampled)
        )
    }
}

/// Text that is not a `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATrace;

impl FromStr for Trace {
    type Err = NotATrace;

    /// Reads version 00, and what a later version has in common with it (W3C Trace Context, section 4.3).
    fn from_str(text: &str) -> Result<Self, NotATrace> {
        let lower_hex = |part: &&str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let mut parts = text.split('-');
        let mut next = |length| {
            parts
                .next()
                .filter(|part| part.len() == length)
                .filter(lower_hex)
                .ok_or(NotATrace)
        };
        let (version, id, span, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
        let last = parts.next().is_none();
        let id = u128::from_str_radix(id, 16).map_err(|_| NotATrace)?;
        let span = u64::from_str_radix(span, 16).map_err(|_| NotATrace)?;
        let flags = u8::from_str_radix(flags, 16).map_err(|_| NotATrace)?;
        if version == "ff" || (version == "00" && !last) || id == 0 || span == 0 {
            return Err(NotATrace);
        }
        Ok(Self {
            id,
            span,
            sampled: flags & 1 == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_clients_trace_goes_on_under_a_new_span() {
        let trace = Trace::continue_from(Some(PARENT));
        assert_eq!(trace.id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let text = trace.to_string();
        assert!(text.ends_with("-01") && !text.contains("00f067aa0ba902b7"), "{text}");
        assert_eq!(text.parse(), Ok(trace));
    }

    #[test]
    fn what_has_not_the_form_begins_a_new_one() {
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
            assert_eq!(bad.parse::<Trace>(), Err(NotATrace), "{bad}");
        }
        assert!(
            format!("{}-more", PARENT.replacen("00-", "01-", 1))
                .parse::<Trace>()
                .is_ok()
        );
        assert_ne!(Trace::continue_from(None).id(), Trace::continue_from(None).id());
    }

    #[tokio::test]
    async fn it_stays_with_the_task() {
        assert_eq!(current(), None);
        let trace = Trace::begin();
        assert_eq!(trace.scope(async { current() }).await, Some(trace));
    }
}
