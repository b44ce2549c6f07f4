//! A collector: takes spans by OTLP over HTTP, and keeps them for the test.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, ensure};
use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind},
};
use prost::Message as _;
use talkline_e2e::eventually;
use tokio::{net::TcpListener, task::JoinHandle};

type Spans = Arc<Mutex<Vec<Kept>>>;

/// Serves until it is dropped.
pub(crate) struct Collector {
    address: SocketAddr,
    spans: Spans,
    serving: JoinHandle<()>,
}

/// A span, and which process it is of.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) service: String,
    pub(crate) instance: String,
    pub(crate) span: Span,
}

impl Collector {
    pub(crate) async fn start() -> Result<Self> {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let (address, spans) = (listener.local_addr()?, Spans::default());
        let router = Router::new().route("/v1/traces", post(take)).with_state(spans.clone());
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the collector ended: {error}");
            }
        });
        Ok(Self {
            address,
            spans,
            serving,
        })
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that came.
    pub(crate) fn spans(&self) -> Vec<Kept> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The trace that has a span of this name, once it has so many.
    pub(crate) async fn trace(&self, name: &str, spans: usize) -> Result<Trace> {
        let found = eventually("the trace is there", async || {
            let all = self.spans();
            let first = all.iter().find(|kept| kept.span.name == name);
            let id = first.map(|kept| kept.span.trace_id.clone());
            let trace: Vec<_> = all
                .into_iter()
                .filter(|kept| Some(&kept.span.trace_id) == id.as_ref())
                .collect();
            Ok((trace.len() >= spans).then_some(trace))
        });
        let found = found.await.with_context(|| format!("{:#?}", self.spans()))?;
        ensure!(found.len() == spans, "{spans} spans were expected: {found:#?}");
        Ok(Trace(found))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(spans): State<Spans>, body: Bytes) -> (StatusCode, Vec<u8>) {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else {
        return (StatusCode::BAD_REQUEST, Vec::new());
    };
    for resource in request.resource_spans {
        let attributes = resource
            .resource
            .map(|resource| resource.attributes)
            .unwrap_or_default();
        let (service, instance) = (
            text(&attributes, "service.name"),
            text(&attributes, "service.instance.id"),
        );
        let kept = resource
            .scope_spans
            .into_iter()
            .flat_map(|scope| scope.spans)
            .map(|span| Kept {
                service: service.clone(),
                instance: instance.clone(),
                span,
            });
        spans.lock().unwrap_or_else(PoisonError::into_inner).extend(kept);
    }
    (StatusCode::OK, ExportTraceServiceResponse::default().encode_to_vec())
}

/// An attribute that is text; empty where there is none.
fn text(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|found| found.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The spans of one trace.
pub(crate) struct Trace(Vec<Kept>);

impl Trace {
    /// The spans of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<&Kept> {
        self.0.iter().filter(|kept| kept.span.name == name).collect()
    }

    /// The only span of this name.
    pub(crate) fn one(&self, name: &str) -> &Kept {
        let found = self.all(name);
        assert_eq!(found.len(), 1, "{name} in {:#?}", self.0);
        found[0]
    }

    /// That a message's spans hang together: the request, the log, the store, and so many deliveries.
    pub(crate) fn is_a_messages(&self, request: &str, deliveries: usize) {
        let (request, append) = (self.one(request), self.one("log append"));
        let (process, write) = (self.one("log process"), self.one("store write"));
        let delivered = self.all("deliver");
        assert_eq!(delivered.len(), deliveries, "{:#?}", self.0);
        assert_eq!(self.0.len(), 4 + deliveries, "{:#?}", self.0);

        append.is_inside(request);
        process.follows(append);
        write.is_inside(process);
        for deliver in &delivered {
            deliver.follows(process);
        }
        for (kept, kind) in [
            (request, SpanKind::Server),
            (append, SpanKind::Producer),
            (process, SpanKind::Consumer),
            (write, SpanKind::Client),
        ] {
            assert_eq!(kept.span.kind(), kind, "{}", kept.span.name);
        }
        assert!(delivered.iter().all(|kept| kept.span.kind() == SpanKind::Consumer));
        let place = |kept: &Kept| text(&kept.span.attributes, "messaging.destination.partition.id");
        assert_ne!(place(append), "");
        assert_eq!(place(append), place(process), "the same partition");
    }
}

impl Kept {
    /// Part of `outer`, and in its time.
    fn is_inside(&self, outer: &Self) {
        self.follows(outer);
        let (inner, outer) = (&self.span, &outer.span);
        assert!(
            inner.end_time_unix_nano <= outer.end_time_unix_nano,
            "{inner:?} in {outer:?}"
        );
    }

    /// A child of `parent`, and not begun before it.
    fn follows(&self, parent: &Self) {
        let (child, parent) = (&self.span, &parent.span);
        assert_eq!(child.parent_span_id, parent.span_id, "{child:?} below {parent:?}");
        assert!(
            child.start_time_unix_nano >= parent.start_time_unix_nano,
            "{child:?} after {parent:?}"
        );
        assert!(child.end_time_unix_nano >= child.start_time_unix_nano, "{child:?}");
    }
}
