//! What every request passes on its way in, and every response on its way out.
//!
//! From the outside in: the trace, the counts and the log line; headers that keep browsers safe; CORS; a net under
//! panics; the deadline; the size of the body; who asks; the limit.

mod browser;
mod caller;
mod client;
mod deadline;
mod observe;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
};
use tower_http::catch_panic::CatchPanicLayer;

use super::Api;

/// The API's routes with everything around them.
pub(super) fn around_api(routes: Router, api: &Arc<Api>) -> Router {
    routes
        .layer(from_fn_with_state(api.clone(), caller::identify))
        .layer(DefaultBodyLimit::max(api.config.http.body_bytes))
        .layer(from_fn_with_state(api.clone(), deadline::enforce))
}

/// Everything that is served, API or not, with what goes around all of it.
pub(super) fn around_all(routes: Router, api: &Arc<Api>) -> Router {
    routes
        .layer(CatchPanicLayer::custom(deadline::panicked))
        .layer(browser::cors(&api.config.http.origins))
        .layer(from_fn(browser::secure))
        .layer(from_fn_with_state(api.clone(), observe::observe))
}
