//! A trace, a count and a line in the log for every request.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use crate::{problem::Code, rest::Api, trace};

/// Begins the request's trace or goes on with the client's, and counts and logs what became of it. The route is named
/// by its template: paths hold ids.
pub(super) async fn observe(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let parent = request
        .headers()
        .get("traceparent")
        .and_then(|value| value.to_str().ok());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let name = || format!("{method} {route}").into();
    let (trace, mut open) = api.chat.sampler().begin(parent, name);
    let span = tracing::info_span!("request", trace_id = trace.id(), %method, route);
    let response = trace.scope(next.run(request)).instrument(span.clone()).await;
    let (status, took) = (response.status(), begun.elapsed());
    api.metrics.http.observe(&method, &route, status, took);
    let code = response.extensions().get::<Code>().copied();
    if let Some(open) = &mut open {
        open.note("http.request.method", method.to_string());
        open.note("http.route", route);
        open.note("http.response.status_code", u64::from(status.as_u16()));
        if let Some(code) = code {
            trace::blame(open, code);
        }
    }
    let code = code.map(|code| code.as_str());
    let _entered = span.enter();
    let (status, took_ms) = (status.as_u16(), took.as_secs_f64() * 1e3);
    if status >= 500 {
        tracing::warn!(status, code, took_ms, "answered");
    } else {
        tracing::debug!(status, code, took_ms, "answered");
    }
    response
}
