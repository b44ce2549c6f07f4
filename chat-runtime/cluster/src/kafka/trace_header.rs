//! A record's trace, as W3C `traceparent` in its headers: any consumer of the topic can go on with it.

use rdkafka::{
    Message,
    message::{BorrowedMessage, Header, Headers as _, OwnedHeaders},
};
use talkline_core::trace::SpanContext;

const NAME: &str = "traceparent";

pub(super) fn write(trace: SpanContext) -> OwnedHeaders {
    OwnedHeaders::new().insert(Header {
        key: NAME,
        value: Some(&trace.traceparent()),
    })
}

pub(super) fn read(message: &BorrowedMessage<'_>) -> Option<SpanContext> {
    let found = message.headers()?.iter().find(|header| header.key == NAME)?;
    SpanContext::of_traceparent(found.value?)
}
