//! `/chat`: sending, and what was active lately.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    conversations::{self, Conversations, Page},
    extract::{Actor, Body, Parameters},
};
use crate::{problem::Problem, wire};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(send)).routes(routes!(recent))
}

/// Send a message.
///
/// Answered once the log has it durably. The same `clientMessageId` again is the same message, with the same id.
#[utoipa::path(post, path = "/chat/send", operation_id = "sendMessage", tag = "chat", request_body = wire::Send,
    responses((status = 202, body = wire::Accepted)))]
async fn send(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Body(body): Body<wire::Send>,
) -> Result<(StatusCode, Json<wire::Accepted>), Problem> {
    let accepted = api.chat.send(&actor, body).await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// The conversations with the newest messages: another name for `/conversations`.
#[utoipa::path(get, path = "/chat/recent", operation_id = "listRecent", tag = "chat", params(Page), responses((status = 200, body = Conversations)))]
async fn recent(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Parameters(page): Parameters<Page>,
) -> Result<Json<Conversations>, Problem> {
    conversations::read(&api, &actor, page).await.map(Json)
}
