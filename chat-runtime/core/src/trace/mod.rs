//! Traces: which request a piece of work belongs to, across processes, and how long each part of it took.
//!
//! A [`SpanContext`] goes with a request over the log and the bus, as `traceparent` does over HTTP. There is one only
//! where the request is sampled: for all others nothing is carried, drawn or measured. Who decides that is the gateway;
//! where spans go is said by [`crate::port::Spans`].

mod context;
mod span;
mod tracer;

pub use context::{NotATraceparent, SpanContext, Traceparent};
pub use span::{Kind, Span, Value};
pub use tracer::{OpenSpan, Tracer};
