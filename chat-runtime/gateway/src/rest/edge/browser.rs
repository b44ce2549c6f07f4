//! Headers for browsers: what pages of other origins may read, and what the pages served here may do.

use std::time::Duration;

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{config::Origins, rest::extract::IDEMPOTENCY_KEY};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// How long a browser may remember a preflight's answer. Two hours is the most that one of them accepts.
const PREFLIGHT: Duration = Duration::from_secs(2 * 60 * 60);

/// Sent with every response that does not set its own.
const SECURITY: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// Lets pages of the configured origins use the API.
pub(super) fn cors(origins: &Origins) -> CorsLayer {
    let origins = origins.clone();
    let listed = move |origin: &HeaderValue, _: &_| origin.to_str().is_ok_and(|origin| origins.lists(origin));
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(listed))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            IDEMPOTENCY_KEY,
            TRACEPARENT,
        ])
        .expose_headers([
            header::RETRY_AFTER,
            HeaderName::from_static("ratelimit"),
            HeaderName::from_static("ratelimit-policy"),
        ])
        .max_age(PREFLIGHT)
}

/// Adds the headers of [`SECURITY`].
pub(super) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
