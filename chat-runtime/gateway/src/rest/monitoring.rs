//! `/monitoring`: what anybody may know of the gateway.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Api;
use crate::health::{Report, Status};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(health))
}

/// How the gateway is.
#[utoipa::path(get, path = "/monitoring/health", operation_id = "getHealth", tag = "monitoring", security(()),
    responses((status = 200, body = Report), (status = 503, body = Report)))]
async fn health(State(api): State<Arc<Api>>) -> (StatusCode, Json<Report>) {
    let report = api.health.report().await;
    let status = match report.status {
        Status::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Status::Ok | Status::Draining => StatusCode::OK,
    };
    (status, Json(report))
}
