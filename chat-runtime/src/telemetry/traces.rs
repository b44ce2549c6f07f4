//! Traces, if somebody wants them: what begins spans, and the task that sends them away.

use std::{sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use talkline_core::trace::Tracer;
use talkline_crds::spec::MonitoringSpec;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{exporting::Exporting, metrics::Metrics, otlp, queue::Queue};
use crate::failure::Failure;

/// How long a process that ends waits for the collector to take the last spans.
const PARTING: Duration = Duration::from_secs(5);

/// The way out for spans. It must be [stopped](Traces::stop), after all that begins spans.
pub(crate) struct Traces {
    tracer: Tracer,
    exporting: Option<(JoinHandle<()>, CancellationToken)>,
}

impl Traces {
    /// Sends the spans of `instance`, one of the processes that are `service`, to the collector. Without one there are none.
    ///
    /// # Errors
    /// The address cannot be one.
    pub(crate) fn start(
        spec: &MonitoringSpec,
        service: &'static str,
        instance: &str,
        registry: &mut Registry,
    ) -> Result<Self, Failure> {
        let Some(spec) = &spec.traces else {
            return Ok(Self {
                tracer: Tracer::default(),
                exporting: None,
            });
        };
        let exporter = otlp::exporter(&spec.otlp_endpoint, service, instance).map_err(Failure::usage)?;
        let metrics = Metrics::register(registry);
        let (queue, spans) = Queue::new(metrics.clone());
        let stop = CancellationToken::new();
        let task = tokio::spawn(Exporting::new(spans, exporter, metrics).run(stop.clone()));
        Ok(Self {
            tracer: Tracer::new(Arc::new(queue)),
            exporting: Some((task, stop)),
        })
    }

    /// What begins spans.
    pub(crate) fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    /// Sends what is left, if the collector takes it in time.
    pub(crate) async fn stop(self) {
        let Some((mut task, stop)) = self.exporting else { return };
        stop.cancel();
        if timeout(PARTING, &mut task).await.is_err() {
            task.abort();
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}
