//! Reading messages: pages of a conversation, what came since a message, and one with who has it.

use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use talkline_core::id::{ConversationId, MessageId};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    extract::{Actor, Id, Parameters},
    paging,
};
use crate::{
    auth::Identity,
    chat::{MessageDetails, Span},
    problem::{Code, Problem},
    wire,
};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(history))
        .routes(routes!(since))
        .routes(routes!(chat_history))
        .routes(routes!(details))
}

/// Which part of a conversation. Without bounds, the newest messages.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Bounds {
    /// The newest messages below this `seq`.
    before_seq: Option<u64>,
    /// The oldest messages above this `seq`; not together with `beforeSeq`.
    after_seq: Option<u64>,
    /// How many; at most 200.
    limit: Option<usize>,
}

/// How many messages.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Length {
    /// How many; at most 200.
    limit: Option<usize>,
}

async fn page(
    api: &Api,
    actor: &Identity,
    id: ConversationId,
    bounds: Bounds,
) -> Result<impl IntoResponse + use<>, Problem> {
    let limit = paging::limit(bounds.limit, &api.config.sizes)?;
    let span = match (bounds.before_seq, bounds.after_seq) {
        (Some(_), Some(_)) => {
            let both = "must not come with `beforeSeq`";
            return Err(Problem::new(Code::InvalidParameter).with_error("afterSeq", both));
        }
        (_, Some(after)) => Span::After(after),
        (before, None) => Span::Before(before.unwrap_or(u64::MAX)),
    };
    api.chat.history(actor, id, span, limit).await.map(shown)
}

fn shown(page: wire::Page) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], page.into_bytes())
}

/// A page of a conversation's messages, newest last.
#[utoipa::path(get, path = "/messages/conversation/{id}", operation_id = "readConversation", tag = "history",
    params(("id" = String, Path), Bounds), responses((status = 200, body = wire::History)))]
async fn history(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<ConversationId>,
    Parameters(bounds): Parameters<Bounds>,
) -> Result<impl IntoResponse, Problem> {
    page(&api, &actor, id, bounds).await
}

/// A page of a conversation's messages, newest last: another name for `/messages/conversation/{id}`.
#[utoipa::path(get, path = "/chat/history/{conversationId}", operation_id = "readChatHistory", tag = "chat",
    params(("conversationId" = String, Path), Bounds), responses((status = 200, body = wire::History)))]
async fn chat_history(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<ConversationId>,
    Parameters(bounds): Parameters<Bounds>,
) -> Result<impl IntoResponse, Problem> {
    page(&api, &actor, id, bounds).await
}

/// The messages of a conversation that came after one of them, oldest first.
#[utoipa::path(get, path = "/messages/since/{messageId}", operation_id = "readSince", tag = "history",
    params(("messageId" = String, Path), Length), responses((status = 200, body = wire::History)))]
async fn since(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<MessageId>,
    Parameters(length): Parameters<Length>,
) -> Result<impl IntoResponse, Problem> {
    let limit = paging::limit(length.limit, &api.config.sizes)?;
    api.chat.since(&actor, id, limit).await.map(shown)
}

/// A message, whom it reached, and who read it.
#[utoipa::path(get, path = "/messages/{id}", operation_id = "getMessage", tag = "history", params(("id" = String, Path)),
    responses((status = 200, body = MessageDetails)))]
async fn details(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<MessageId>,
) -> Result<Json<MessageDetails>, Problem> {
    api.chat.message(&actor, id).await.map(Json)
}
