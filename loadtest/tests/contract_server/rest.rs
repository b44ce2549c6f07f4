//! The routes that the harness uses.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Shared,
    faults::spend,
    store::{Store, Token},
};

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/v1/auth/register", post(register))
        .route("/api/v1/auth/login", post(log_in))
        .route("/api/v1/auth/refresh", post(refresh))
        .route("/api/v1/conversations", post(open))
        .route("/api/v1/messages/conversation/{id}", get(history))
        .with_state(shared)
}

fn logged_in(store: &Store, id: &str) -> Json<Value> {
    Json(json!({ "user": { "id": id }, "accessToken": store.token(id), "refreshToken": format!("refresh-{id}") }))
}

async fn register(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let mut store = shared.store();
    if spend(&mut store.faults.busy) {
        return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response();
    }
    match store.register(body["email"].as_str().unwrap()) {
        Some(id) => (StatusCode::CREATED, logged_in(&store, &id)).into_response(),
        None => StatusCode::CONFLICT.into_response(),
    }
}

async fn log_in(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let store = shared.store();
    match store.user(body["email"].as_str().unwrap()) {
        Some(id) => logged_in(&store, &id).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn refresh(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    match body["refreshToken"]
        .as_str()
        .and_then(|token| token.strip_prefix("refresh-"))
    {
        Some(id) => {
            let mut store = shared.store();
            store.renewed.insert(id.to_owned());
            logged_in(&store, id).into_response()
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn caller(shared: &Shared, headers: &HeaderMap) -> Option<String> {
    let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    match shared.store().judge(token) {
        Token::Good(user) => Some(user),
        Token::Expired | Token::Unknown => None,
    }
}

async fn open(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let Some(creator) = caller(&shared, &headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let others = body["members"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned);
    let (conversation, new) = shared.store().open(others.chain([creator]).collect());
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    (status, Json(conversation)).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    after_seq: Option<usize>,
    limit: usize,
}

async fn history(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(page): Query<Page>,
) -> Response {
    let Some(reader) = caller(&shared, &headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match shared.store().history(&id, &reader, page.after_seq, page.limit.min(50)) {
        Some((messages, more)) => Json(json!({ "messages": messages, "hasMore": more })).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}
