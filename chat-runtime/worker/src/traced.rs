//! The sampled records of a batch, and the spans that tell what became of each.
//!
//! OpenTelemetry's conventions for messaging let a batch be one span with a link to each message, or each message have
//! one, as a child of who sent it. Here it is the latter: a batch's span would be a trace of its own, and the request's
//! would end at the log. All records of a batch take the same time, so a span of the batch beside theirs would tell
//! nothing more; how many they were is an attribute.

use talkline_core::{
    event::Event,
    offset::{Offset, Partition},
    port::LogRecord,
    trace::{Kind, OpenSpan, Tracer},
};

/// The spans, by their records' places. They end with this.
pub(crate) struct Traced<'a> {
    tracer: &'a Tracer,
    /// In the order of the log. Without a sampled record, nothing is allocated.
    spans: Vec<(Offset, OpenSpan)>,
}

impl<'a> Traced<'a> {
    pub(crate) fn begin(tracer: &'a Tracer, partition: Partition, batch: &[LogRecord]) -> Self {
        let begin = |record: &LogRecord| {
            let mut span = tracer.child(record.trace, "log process", Kind::Consumer)?;
            span.note("messaging.system", "talkline");
            span.note("messaging.operation.name", "process");
            span.note("messaging.operation.type", "process");
            span.note("messaging.destination.partition.id", partition.to_string());
            span.note("talkline.log.record", record.offset.number());
            span.note("talkline.batch.records", batch.len() as u64);
            Some((record.offset, span))
        };
        Self {
            tracer,
            spans: batch.iter().filter_map(begin).collect(),
        }
    }

    /// A step that the batch takes as a whole: it is part of each. It ends when what is returned is dropped.
    pub(crate) fn step(&self, name: &'static str) -> Vec<OpenSpan> {
        let spans = self.spans.iter();
        spans
            .filter_map(|(_, span)| self.tracer.child(Some(span.context()), name, Kind::Client))
            .collect()
    }

    /// Gives each event the span of its record, for those who deliver it.
    pub(crate) fn pass_on(&self, events: &mut [Event]) {
        if self.spans.is_empty() {
            return;
        }
        for event in events {
            let found = self.spans.binary_search_by_key(&event.offset, |(offset, _)| *offset);
            event.trace = found.ok().map(|place| self.spans[place].1.context());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use talkline_core::{
        event::EventBody,
        id::{ConversationId, UserId},
        suite::memory::MemorySpans,
        trace::SpanContext,
    };

    use super::*;

    fn record(number: u64, trace: Option<SpanContext>) -> LogRecord {
        LogRecord {
            offset: Offset::new(1, number),
            payload: Bytes::new(),
            trace,
        }
    }

    fn event(number: u64) -> Event {
        let (conversation, user) = (ConversationId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let offset = Offset::new(1, number);
        Event::new(
            conversation,
            offset,
            Offset::ZERO,
            EventBody::Typing { user, typing: true },
        )
    }

    #[test]
    fn each_sampled_record_has_a_span_that_its_event_carries_on() {
        let spans = Arc::new(MemorySpans::default());
        let tracer = Tracer::new(spans.clone());
        let context = |trace| Some(SpanContext { trace, span: 99 });
        let batch = [record(3, context(7)), record(4, None), record(6, context(8))];
        let traced = Traced::begin(&tracer, 0, &batch);
        drop(traced.step("store write"));
        // Not in the order of the log, as answers and users' events are not; and of one record there is none.
        let mut events = [event(6), event(4), event(3)];
        traced.pass_on(&mut events);
        drop(traced);

        let ended = spans.take();
        let seen: Vec<_> = ended
            .iter()
            .map(|span| (&*span.name, span.context.trace, span.parent))
            .collect();
        let of = |trace| {
            events
                .iter()
                .find_map(|event| event.trace.filter(|context| context.trace == trace))
        };
        let (first, second) = (of(7).unwrap(), of(8).unwrap());
        assert_eq!(
            seen,
            [
                ("store write", 7, Some(first.span)),
                ("store write", 8, Some(second.span)),
                ("log process", 7, Some(99)),
                ("log process", 8, Some(99)),
            ]
        );
        assert_eq!((ended[2].context, ended[3].context), (first, second));
        assert_eq!(events.map(|event| event.trace), [Some(second), None, Some(first)]);
    }

    #[test]
    fn without_a_sampled_record_nothing_begins() {
        let spans = Arc::new(MemorySpans::default());
        let tracer = Tracer::new(spans.clone());
        let traced = Traced::begin(&tracer, 0, &[record(1, None), record(2, None)]);
        assert_eq!((traced.spans.capacity(), traced.step("store write").capacity()), (0, 0));
        drop(traced);
        assert_eq!(spans.take(), []);
    }
}
