//! Changing messages: edits, deletions, reactions, and how far one has received and read.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use talkline_core::id::{ConversationId, MessageId};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    extract::{Actor, Body, Id, IdAndText, RequestKey},
};
use crate::{
    auth::Identity,
    chat::{Reached, parse_id},
    problem::Problem,
    wire,
};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(patch, put, delete))
        .routes(routes!(react, unreact))
}

/// Another text.
#[derive(Deserialize, ToSchema)]
struct NewText {
    /// 1–5,000 characters.
    text: String,
}

/// How far one is in a conversation. Numbers only ever grow; what is read was delivered.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Marks {
    /// Where.
    conversation_id: String,
    /// Everything up to this `seq` reached one of one's devices.
    #[serde(default)]
    delivered_seq: Option<u64>,
    /// Everything up to this `seq` was seen.
    #[serde(default)]
    read_seq: Option<u64>,
}

/// Give one's own message another text.
#[utoipa::path(patch, path = "/messages/{id}", operation_id = "editMessage", tag = "messages", params(RequestKey, ("id" = String, Path)),
    request_body = NewText, responses((status = 200, body = wire::Changed)))]
async fn patch(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<MessageId>,
    key: RequestKey,
    Body(body): Body<NewText>,
) -> Result<Json<wire::Changed>, Problem> {
    edit(&api, &actor, id, key, body).await
}

/// Give one's own message another text: the same as `PATCH`.
#[utoipa::path(put, path = "/messages/{id}", operation_id = "replaceMessage", tag = "messages", params(RequestKey, ("id" = String, Path)),
    request_body = NewText, responses((status = 200, body = wire::Changed)))]
async fn put(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<MessageId>,
    key: RequestKey,
    Body(body): Body<NewText>,
) -> Result<Json<wire::Changed>, Problem> {
    edit(&api, &actor, id, key, body).await
}

async fn edit(
    api: &Api,
    actor: &Identity,
    id: MessageId,
    key: RequestKey,
    body: NewText,
) -> Result<Json<wire::Changed>, Problem> {
    let request = wire::Edit {
        message_id: id.to_string(),
        text: body.text,
        request_id: key.into_inner(),
    };
    api.chat.edit(actor, request).await.map(Json)
}

/// Delete one's own message, or any as a group's admin.
#[utoipa::path(delete, path = "/messages/{id}", operation_id = "deleteMessage", tag = "messages", params(RequestKey, ("id" = String, Path)),
    responses((status = 200, body = wire::Changed)))]
async fn delete(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<MessageId>,
    key: RequestKey,
) -> Result<Json<wire::Changed>, Problem> {
    let request = wire::Delete {
        message_id: id.to_string(),
        request_id: key.into_inner(),
    };
    api.chat.delete(&actor, request).await.map(Json)
}

/// Say how far one has received and read a conversation.
///
/// Answered once it is stored. Numbers beyond the newest message count as that one.
#[utoipa::path(put, path = "/messages/status", operation_id = "raiseMarks", tag = "messages", request_body = Marks,
    responses((status = 204, description = "Stored")))]
async fn status(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Body(body): Body<Marks>,
) -> Result<StatusCode, Problem> {
    let conversation: ConversationId = parse_id("conversationId", &body.conversation_id)?;
    if body.delivered_seq.is_none() && body.read_seq.is_none() {
        return Err(Problem::invalid("readSeq", "must be there if `deliveredSeq` is not"));
    }
    let reached = Reached {
        delivered: body.delivered_seq.unwrap_or_default(),
        read: body.read_seq.unwrap_or_default(),
    };
    api.chat.raise(&actor, conversation, reached).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// React to a message.
#[utoipa::path(put, path = "/messages/{id}/reactions/{emoji}", operation_id = "addReaction", tag = "messages",
    params(RequestKey, ("id" = String, Path), ("emoji" = String, Path)), responses((status = 200, body = wire::Changed)))]
async fn react(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    target: IdAndText<MessageId>,
    key: RequestKey,
) -> Result<Json<wire::Changed>, Problem> {
    reaction(&api, &actor, target, key, false).await
}

/// Take a reaction back.
#[utoipa::path(delete, path = "/messages/{id}/reactions/{emoji}", operation_id = "removeReaction", tag = "messages",
    params(RequestKey, ("id" = String, Path), ("emoji" = String, Path)), responses((status = 200, body = wire::Changed)))]
async fn unreact(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    target: IdAndText<MessageId>,
    key: RequestKey,
) -> Result<Json<wire::Changed>, Problem> {
    reaction(&api, &actor, target, key, true).await
}

async fn reaction(
    api: &Api,
    actor: &Identity,
    IdAndText(id, emoji): IdAndText<MessageId>,
    key: RequestKey,
    remove: bool,
) -> Result<Json<wire::Changed>, Problem> {
    let request = wire::React {
        message_id: id.to_string(),
        emoji,
        remove,
        request_id: key.into_inner(),
    };
    api.chat.react(actor, request).await.map(Json)
}
