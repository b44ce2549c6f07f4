//! REST: the contract's routes under `/api/v1`, and the pages that describe them.
//!
//! Handlers read the request, ask the [`Chat`] or the [`Accounts`], and write the answer; rules stand there, not here.
//! Each route is described where it is written, and `/openapi.json` is made of that.

mod auth;
mod chat;
mod conversations;
mod docs;
mod edge;
mod extract;
mod groups;
mod history;
mod me;
mod messages;
mod monitoring;
mod openapi;
mod paging;
mod search;
mod users;

use std::sync::Arc;

use axum::Router;
pub use openapi::document;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    auth::{Accounts, Authenticator},
    chat::Chat,
    config::Config,
    health::Health,
    limits::Limits,
    metrics::Metrics,
    problem::{Code, Problem},
    web::Site,
};

/// Where the API lives.
const BASE: &str = "/api/v1";

/// What the handlers need.
pub struct Api {
    /// The chat.
    pub chat: Arc<Chat>,
    /// Users and their logins.
    pub accounts: Arc<Accounts>,
    /// Who sent a request.
    pub authenticator: Authenticator,
    /// How often somebody may ask.
    pub limits: Limits,
    /// The settings.
    pub config: Arc<Config>,
    /// What is counted.
    pub metrics: Metrics,
    /// How the gateway is.
    pub health: Health,
}

/// Everything that is served on the client's port but the sockets.
pub fn router(api: Api, site: Site) -> Router {
    let api = Arc::new(api);
    let (routes, document) = openapi::build(routes()).split_for_parts();
    let unknown = Router::new()
        .route(BASE, axum::routing::any(not_found))
        .route(&format!("{BASE}/"), axum::routing::any(not_found))
        .route(&format!("{BASE}/{{*rest}}"), axum::routing::any(not_found));
    let routes = routes
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
        .with_state(api.clone());
    let routes = edge::around_api(routes.merge(unknown), &api);
    let pages = docs::pages(document).merge(site.router());
    edge::around_all(routes.merge(pages), &api)
}

async fn not_found() -> Problem {
    Problem::new(Code::NotFound)
}

/// The API's routes, area by area.
fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .merge(auth::routes())
        .merge(me::routes())
        .merge(users::routes())
        .merge(conversations::routes())
        .merge(groups::routes())
        .merge(history::routes())
        .merge(search::routes())
        .merge(messages::routes())
        .merge(chat::routes())
        .merge(monitoring::routes())
}
