//! `/openapi.json`, and `/docs`: the same for people, written once at the start. No script, nothing from elsewhere.

mod html;
mod operation;
mod page;

use axum::{Router, body::Bytes, response::IntoResponse, routing::get};
use http::header;
use utoipa::openapi::OpenApi;

use crate::problem::{Code, Problem};

/// The page has its own style sheet and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("style.css");
/// Descriptions change with a new version only; still, a browser asks whether it did.
const CACHE: &str = "no-cache";

/// The description's routes.
pub(super) fn pages(document: OpenApi) -> Router {
    let page = Bytes::from(page::render(&document));
    let json = match document.to_pretty_json() {
        Ok(text) => Bytes::from(text),
        Err(error) => {
            tracing::error!(%error, "the API's description cannot be written");
            Bytes::new()
        }
    };
    Router::new()
        .route("/openapi.json", get(move || served("application/json", json.clone())))
        .route("/docs", get(move || served("text/html; charset=utf-8", page.clone())))
        .route(
            "/docs/style.css",
            get(|| served("text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes()))),
        )
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
}

async fn served(content_type: &'static str, body: Bytes) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, CACHE),
    ];
    (headers, body)
}
