//! The admin port: health and metrics, from the first moment to the last.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use axum::{
    Json, Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use prometheus_client::registry::Registry;
use serde_json::json;
use talkline_gateway::admin::{Readiness, router};
use talkline_metrics::OPEN_METRICS;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use crate::failure::Failure;

/// A server on the admin port. Until it [knows](Admin::know) the parts, the process lives and is not ready.
pub(crate) struct Admin {
    pub(crate) address: SocketAddr,
    parts: Arc<OnceLock<Router>>,
    serving: JoinHandle<io::Result<()>>,
    stop: CancellationToken,
}

impl Admin {
    /// Serves on `listener` from now on.
    pub(crate) fn start(listener: TcpListener) -> Result<Self, Failure> {
        let address = listener.local_addr().map_err(Failure::broken)?;
        let parts = Arc::new(OnceLock::new());
        let known = parts.clone();
        let router = Router::new().fallback(async move |request| answer(&known, request).await);
        let stop = CancellationToken::new();
        let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        Ok(Self {
            address,
            parts,
            serving: tokio::spawn(server.into_future()),
            stop,
        })
    }

    /// The parts are there: from now on they are asked.
    pub(crate) fn know(&self, readiness: impl Readiness, registry: Registry) {
        self.parts.get_or_init(|| router(readiness, Arc::new(registry)));
    }

    /// Answers what was asked, then ends.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        self.stop.cancel();
        self.serving.await.map_err(Failure::broken)?.map_err(Failure::broken)
    }
}

async fn answer(parts: &OnceLock<Router>, request: Request) -> Response {
    if let Some(router) = parts.get() {
        let Ok(response) = router.clone().call(request).await;
        return response;
    }
    let starting = Json(json!({ "status": "starting" }));
    match request.uri().path() {
        "/livez" => "ok\n".into_response(),
        "/readyz" => (StatusCode::SERVICE_UNAVAILABLE, starting).into_response(),
        "/metrics" => ([(header::CONTENT_TYPE, OPEN_METRICS)], "# EOF\n").into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn status(parts: &OnceLock<Router>, path: &str) -> u16 {
        let request = Request::builder().uri(path).body(axum::body::Body::empty()).unwrap();
        answer(parts, request).await.status().as_u16()
    }

    #[tokio::test]
    async fn a_process_that_starts_lives_and_is_not_ready() {
        let parts = OnceLock::new();
        let mut answers = Vec::new();
        for path in ["/livez", "/readyz", "/metrics", "/"] {
            answers.push(status(&parts, path).await);
        }
        assert_eq!(answers, [200, 503, 200, 404]);
        parts.get_or_init(|| Router::new().route("/readyz", axum::routing::get(async || "ready")));
        assert_eq!(status(&parts, "/readyz").await, 200);
    }
}
