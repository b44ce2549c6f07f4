//! The task that hands spans to the collector, some at a time. A collector that is away costs their spans, and a line in
//! the log when it goes and when it is back; nobody waits for it.

use std::{mem, time::Duration};

use opentelemetry_sdk::trace::SpanExporter;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{metrics::Metrics, otlp, queue::Ended};

/// Spans in one request, at most: as OpenTelemetry's batch processors have it by default.
const TOGETHER: usize = 512;
/// How long a span waits for others, so that a trace is seen while one still thinks of it.
const WINDOW: Duration = Duration::from_secs(1);
/// How long the collector may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// See the module.
pub(super) struct Exporting<E> {
    spans: mpsc::Receiver<Ended>,
    gathered: Vec<Ended>,
    exporter: E,
    metrics: Metrics,
    is_away: bool,
}

impl<E: SpanExporter> Exporting<E> {
    pub(super) fn new(spans: mpsc::Receiver<Ended>, exporter: E, metrics: Metrics) -> Self {
        Self {
            spans,
            gathered: Vec::new(),
            exporter,
            metrics,
            is_away: false,
        }
    }

    /// Exports until `stop`, and then what is left.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.gather()).await == Some(true) {
            self.export().await;
        }
        self.spans.close();
        while !self.gathered.is_empty() || self.spans.recv_many(&mut self.gathered, TOGETHER).await > 0 {
            self.export().await;
        }
    }

    /// Waits for a span, and then for others as long as the window is open; says whether there can be any. What was
    /// gathered stays when this is given up.
    async fn gather(&mut self) -> bool {
        if self.spans.recv_many(&mut self.gathered, TOGETHER).await == 0 {
            return false;
        }
        let end = Instant::now() + WINDOW;
        while let room @ 1.. = TOGETHER.saturating_sub(self.gathered.len()) {
            let more = self.spans.recv_many(&mut self.gathered, room);
            if !matches!(timeout_at(end, more).await, Ok(1..)) {
                break;
            }
        }
        true
    }

    async fn export(&mut self) {
        let spans: Vec<_> = mem::take(&mut self.gathered).into_iter().map(otlp::data).collect();
        let count = spans.len();
        match timeout(DEADLINE, self.exporter.export(spans)).await {
            Ok(Ok(())) => {
                self.metrics.exported(count);
                if mem::take(&mut self.is_away) {
                    tracing::info!("the collector takes spans again");
                }
            }
            Ok(Err(error)) => self.lost(count, &error.to_string()),
            Err(_) => self.lost(count, "no answer in time"),
        }
    }

    fn lost(&mut self, count: usize, error: &str) {
        self.metrics.failed(count);
        if !mem::replace(&mut self.is_away, true) {
            tracing::warn!(error, "the collector does not take spans: they are lost until it does");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use opentelemetry_sdk::{
        error::{OTelSdkError, OTelSdkResult},
        trace::SpanData,
    };
    use prometheus_client::registry::Registry;
    use talkline_core::trace::{Kind, Tracer};

    use super::{super::queue::Queue, *};

    /// What a collector does with one request after the other; the last goes on for ever.
    #[derive(Clone, Copy, Debug)]
    enum Does {
        Take,
        Refuse,
        Hang,
    }

    #[derive(Debug)]
    struct Collector {
        does: Vec<Does>,
        requests: Arc<AtomicUsize>,
    }

    impl SpanExporter for Collector {
        async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
            assert!(!spans.is_empty() && spans.len() <= TOGETHER, "{} spans", spans.len());
            let request = self.requests.fetch_add(1, Ordering::Relaxed);
            match self.does[request.min(self.does.len() - 1)] {
                Does::Take => Ok(()),
                Does::Refuse => Err(OTelSdkError::InternalFailure("refused".into())),
                Does::Hang => std::future::pending().await,
            }
        }
    }

    struct Stage {
        tracer: Tracer,
        metrics: Metrics,
        requests: Arc<AtomicUsize>,
        stop: CancellationToken,
        task: tokio::task::JoinHandle<()>,
    }

    impl Stage {
        fn with(does: &[Does]) -> Self {
            let metrics = Metrics::register(&mut Registry::default());
            let (queue, spans) = Queue::new(metrics.clone());
            let (stop, requests) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
            let collector = Collector {
                does: does.to_vec(),
                requests: requests.clone(),
            };
            let exporting = Exporting::new(spans, collector, metrics.clone());
            Self {
                tracer: Tracer::new(Arc::new(queue)),
                metrics,
                requests,
                task: tokio::spawn(exporting.run(stop.clone())),
                stop,
            }
        }

        fn spans(&self, count: usize) {
            for _ in 0..count {
                drop(self.tracer.begin(1, None, "work", Kind::Server));
            }
        }

        /// Stops, and says how many spans were exported, were lost with the collector, and in how many requests.
        async fn end(self) -> (u64, u64, usize) {
            self.stop.cancel();
            self.task.await.unwrap();
            let of = |outcome| self.metrics.of(outcome);
            (of("exported"), of("failed"), self.requests.load(Ordering::Relaxed))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn spans_of_a_moment_go_together_and_not_too_many_at_once() {
        let stage = Stage::with(&[Does::Take]);
        stage.spans(3);
        tokio::time::sleep(WINDOW * 2).await;
        assert_eq!(stage.requests.load(Ordering::Relaxed), 1);
        stage.spans(TOGETHER + 1);
        tokio::time::sleep(WINDOW * 2).await;
        assert_eq!(stage.end().await, (TOGETHER as u64 + 4, 0, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_at_a_stop_is_exported() {
        let stage = Stage::with(&[Does::Take]);
        stage.spans(1);
        tokio::time::sleep(WINDOW / 2).await;
        stage.spans(TOGETHER * 2);
        assert_eq!(stage.end().await, (TOGETHER as u64 * 2 + 1, 0, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_collector_that_refuses_or_hangs_costs_its_spans_and_no_others() {
        let stage = Stage::with(&[Does::Refuse, Does::Hang, Does::Take]);
        for _ in 0..3 {
            stage.spans(2);
            tokio::time::sleep(WINDOW * 2 + DEADLINE).await;
        }
        assert_eq!(stage.end().await, (2, 4, 3));
    }
}
