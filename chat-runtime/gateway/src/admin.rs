//! The admin port: for the platform, never for clients. Whether the process lives, whether it is ready, its metrics.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use prometheus_client::registry::Registry;
use serde_json::Value;
use talkline_metrics::Exposition;

use crate::problem::{Code, Problem};

/// Whether a process wants to be sent work.
#[async_trait]
pub trait Readiness: Send + Sync + 'static {
    /// Whether it does, and how its parts are, for people.
    async fn readiness(&self) -> (bool, Value);
}

#[derive(Clone)]
struct Admin {
    readiness: Arc<dyn Readiness>,
    registry: Arc<Registry>,
}

/// `/livez`, `/readyz` and `/metrics`.
pub fn router(readiness: impl Readiness, registry: Arc<Registry>) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
        .fallback(async || Problem::new(Code::NotFound))
        .with_state(Admin {
            readiness: Arc::new(readiness),
            registry,
        })
}

/// That this answers is the answer: the process has threads that run.
async fn livez() -> &'static str {
    "ok\n"
}

async fn readyz(State(admin): State<Admin>) -> Response {
    let (ready, parts) = admin.readiness.readiness().await;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(parts)).into_response()
}

async fn metrics(State(admin): State<Admin>, headers: HeaderMap) -> Response {
    let exposition = Exposition::asked(&headers);
    match exposition.write(&admin.registry) {
        Ok(written) => ([(header::CONTENT_TYPE, exposition.content_type())], written).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            Problem::new(Code::Internal).into_response()
        }
    }
}
