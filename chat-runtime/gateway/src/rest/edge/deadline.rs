//! No request takes for ever, brings more than it may, or takes the server down.

use std::{any::Any, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::header;

use crate::{
    problem::{Code, Problem},
    rest::Api,
};

/// Refuses a body that says to be too large before it is read, and answers `TIMEOUT` when the time is over.
pub(super) async fn enforce(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let length = length.and_then(|value| value.parse::<u64>().ok());
    if length.is_some_and(|length| length > api.config.http.body_bytes as u64) {
        return Problem::new(Code::TooLarge).into_response();
    }
    match tokio::time::timeout(api.config.http.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::Timeout).into_response(),
    }
}

/// What a client sees of a handler that panicked.
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or(panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("?"), "a handler panicked");
    Problem::new(Code::Internal).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let router = Router::new().route("/", get(async || -> String { panic!("secret") }));
        let router = router.layer(CatchPanicLayer::custom(panicked));
        let response = router
            .oneshot(Request::get("/").body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.extensions().get(), Some(&Code::Internal));
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }
}
