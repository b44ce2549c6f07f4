//! A span: one part of a trace, with its beginning and its parent.

use std::{borrow::Cow, time::SystemTime};

use super::SpanContext;

/// A piece of work that belongs to a sampled trace. Names and keys follow OpenTelemetry's semantic conventions where
/// those have one, and begin with `talkline.` else. No personal data.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its trace and its id.
    pub context: SpanContext,
    /// The span that it is a part of, or that led to it; none for a trace's first.
    pub parent: Option<u64>,
    /// What was done; few different ones.
    pub name: Cow<'static, str>,
    /// On which side of which call.
    pub kind: Kind,
    /// When it began.
    pub begun: SystemTime,
    /// More about it.
    pub attributes: Vec<(&'static str, Value)>,
    /// Why it failed, as a stable code, if it did.
    pub error: Option<&'static str>,
}

/// On which side of which call a span is: OpenTelemetry's kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Answers a request.
    Server,
    /// Asks another service and waits for it.
    Client,
    /// Hands something over that is worked on later.
    Producer,
    /// Works on what a producer handed over.
    Consumer,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(Cow<'static, str>),
    /// A whole number.
    Number(i64),
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
