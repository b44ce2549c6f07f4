//! OTLP over HTTP: who tells, and a span as the exporter wants it. The only file that knows OpenTelemetry's types.
//!
//! What the standard lets an operator say in the environment besides the endpoint holds: `OTEL_EXPORTER_OTLP_HEADERS`,
//! which hold keys to a collector, and `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`, which go before what is here.

use opentelemetry::{
    KeyValue,
    trace::{SpanContext, SpanKind, Status, TraceFlags, TraceState},
};
use opentelemetry_otlp::{ExporterBuildError, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    resource::EnvResourceDetector,
    trace::{SpanData, SpanExporter as _},
};
use talkline_core::trace::{Kind, Value};

use super::queue::Ended;

/// Where traces are taken, below a collector's address.
const PATH: &str = "v1/traces";

/// The exporter of `instance`, one of the processes that are `service`.
pub(super) fn exporter(
    endpoint: &str,
    service: &'static str,
    instance: &str,
) -> Result<SpanExporter, ExporterBuildError> {
    let endpoint = format!("{}/{PATH}", endpoint.trim_end_matches('/'));
    let mut exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint)
        // What fails is lost, and the next batch is a second away.
        .with_retry_policy(RetryPolicy::disabled())
        .build()?;
    exporter.set_resource(&resource(service, instance));
    Ok(exporter)
}

fn resource(service: &'static str, instance: &str) -> Resource {
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", service),
            KeyValue::new("service.namespace", "talkline"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", instance.to_owned()),
        ])
        .with_detector(Box::new(EnvResourceDetector::new()))
        .with_attributes(
            std::env::var("OTEL_SERVICE_NAME")
                .ok()
                .filter(|name| !name.is_empty())
                .map(|name| KeyValue::new("service.name", name)),
        )
        .build()
}

/// A span as the exporter wants it.
pub(super) fn data(ended: Ended) -> SpanData {
    let Ended { span, at } = ended;
    let context = SpanContext::new(
        span.context.trace.into(),
        span.context.span.into(),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let error = span.error.map(|code| KeyValue::new("error.type", code));
    let attributes = span.attributes.into_iter().map(|(key, value)| match value {
        Value::Text(text) => KeyValue::new(key, text),
        Value::Number(number) => KeyValue::new(key, number),
    });
    SpanData {
        span_context: context,
        parent_span_id: span.parent.unwrap_or_default().into(),
        // Those of consumers came over the log or the bus; a server's, from its client.
        parent_span_is_remote: matches!(span.kind, Kind::Server | Kind::Consumer) && span.parent.is_some(),
        span_kind: kind(span.kind),
        name: span.name,
        start_time: span.begun,
        end_time: at,
        attributes: attributes.chain(error).collect(),
        dropped_attributes_count: 0,
        events: Default::default(),
        links: Default::default(),
        status: span.error.map_or(Status::Unset, Status::error),
        instrumentation_scope: Default::default(),
    }
}

fn kind(kind: Kind) -> SpanKind {
    match kind {
        Kind::Server => SpanKind::Server,
        Kind::Client => SpanKind::Client,
        Kind::Producer => SpanKind::Producer,
        Kind::Consumer => SpanKind::Consumer,
    }
}
