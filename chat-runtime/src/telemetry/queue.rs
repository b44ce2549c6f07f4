//! Where spans wait until they are exported: bounded, and who ends one never waits.

use std::time::{Instant, SystemTime};

use talkline_core::{port::Spans, trace::Span};
use tokio::sync::mpsc;

use super::metrics::Metrics;

/// As OpenTelemetry's batch processors have it by default.
const CAPACITY: usize = 2_048;

/// A span, and when it ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) span: Span,
    pub(super) at: SystemTime,
}

/// The way in.
pub(super) struct Queue {
    spans: mpsc::Sender<Ended>,
    /// One moment on both clocks: the day's time can be set back, and spans must nest.
    epoch: (SystemTime, Instant),
    metrics: Metrics,
}

impl Queue {
    /// Both ends.
    pub(super) fn new(metrics: Metrics) -> (Self, mpsc::Receiver<Ended>) {
        let (spans, waiting) = mpsc::channel(CAPACITY);
        let queue = Self {
            spans,
            epoch: (SystemTime::now(), Instant::now()),
            metrics,
        };
        (queue, waiting)
    }

    fn now(&self) -> SystemTime {
        let (system, instant) = self.epoch;
        system + instant.elapsed()
    }
}

impl Spans for Queue {
    fn begin(&self) -> (u64, SystemTime) {
        (rand::random_range(1..=u64::MAX), self.now())
    }

    fn end(&self, span: Span) {
        let at = self.now();
        if self.spans.try_send(Ended { span, at }).is_err() {
            self.metrics.dropped();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prometheus_client::registry::Registry;
    use talkline_core::trace::{Kind, Tracer};

    use super::*;

    #[test]
    fn what_does_not_fit_is_dropped_and_counted() {
        let metrics = Metrics::register(&mut Registry::default());
        let (queue, waiting) = Queue::new(metrics.clone());
        let tracer = Tracer::new(Arc::new(queue));
        for _ in 0..CAPACITY + 3 {
            drop(tracer.begin(1, None, "work", Kind::Server));
        }
        assert_eq!((waiting.len(), metrics.of("dropped")), (CAPACITY, 3));
        drop(waiting);
        drop(tracer.begin(1, None, "after the end", Kind::Server));
        assert_eq!(metrics.of("dropped"), 4);
    }

    #[test]
    fn a_span_ends_after_what_ended_inside_it() {
        let (queue, mut waiting) = Queue::new(Metrics::register(&mut Registry::default()));
        let tracer = Tracer::new(Arc::new(queue));
        let outer = tracer.begin(1, None, "outer", Kind::Server).unwrap();
        drop(tracer.child(Some(outer.context()), "inner", Kind::Client));
        drop(outer);
        let (inner, outer) = (waiting.try_recv().unwrap(), waiting.try_recv().unwrap());
        assert_eq!(inner.span.parent, Some(outer.span.context.span));
        assert!(outer.span.begun <= inner.span.begun && inner.span.begun <= inner.at && inner.at <= outer.at);
    }
}
