//! `/conversations`: the list, one, and beginning one.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use talkline_core::id::{ConversationId, UserId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    extract::{Actor, Body, Id, Parameters, RequestKey},
    paging,
};
use crate::{
    auth::Identity,
    chat::{Created, parse_id},
    problem::Problem,
    wire,
};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(conversation))
}

/// A conversation to begin.
#[derive(Deserialize, ToSchema)]
struct NewConversation {
    /// `direct` with one other, or `group`.
    #[serde(rename = "type")]
    kind: wire::ConversationType,
    /// The others.
    members: Vec<String>,
    /// A group's name: 1–100 characters.
    #[serde(default)]
    name: Option<String>,
}

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// How many; at most 200.
    limit: Option<usize>,
}

/// Some conversations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conversations {
    /// The one with the newest message first.
    conversations: Vec<wire::Conversation>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// One's conversations.
#[utoipa::path(get, path = "/conversations", operation_id = "listConversations", tag = "conversations", params(Page),
    responses((status = 200, body = Conversations)))]
async fn list(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Parameters(page): Parameters<Page>,
) -> Result<Json<Conversations>, Problem> {
    read(&api, &actor, page).await.map(Json)
}

/// A page of somebody's list.
pub(super) async fn read(api: &Api, actor: &Identity, page: Page) -> Result<Conversations, Problem> {
    let after = page.cursor.as_deref().map(paging::read_listing).transpose()?;
    let limit = paging::limit(page.limit, &api.config.sizes)?;
    let found = api.chat.conversations(actor, after, limit).await?;
    Ok(Conversations {
        conversations: found.conversations,
        next_cursor: found.next.as_ref().map(paging::write_listing),
    })
}

/// Begin a conversation.
///
/// 201 with a new one; 200 with a direct one that exists, and with the same group for the same `Idempotency-Key`.
#[utoipa::path(post, path = "/conversations", operation_id = "createConversation", tag = "conversations", request_body = NewConversation,
    params(RequestKey), responses((status = 201, body = wire::Conversation), (status = 200, body = wire::Conversation)))]
async fn create(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    key: RequestKey,
    Body(body): Body<NewConversation>,
) -> Result<(StatusCode, Json<wire::Conversation>), Problem> {
    let members = user_ids("members", &body.members)?;
    let created = match (body.kind, &members[..], &body.name) {
        (wire::ConversationType::Direct, [other], None) => api.chat.create_direct(&actor, *other).await?,
        (wire::ConversationType::Direct, [_], Some(_)) => {
            return Err(Problem::invalid(
                "name",
                "must be absent: a direct conversation has no name",
            ));
        }
        (wire::ConversationType::Direct, ..) => {
            return Err(Problem::invalid(
                "members",
                "must name one other user for a direct conversation",
            ));
        }
        (wire::ConversationType::Group, ..) => {
            let name = body.name.unwrap_or_default();
            api.chat.create_group(&actor, &name, members, key.as_deref()).await?
        }
    };
    answer(&api, &actor, created).await
}

/// What was created, as its creator sees it.
pub(super) async fn answer(
    api: &Api,
    actor: &Identity,
    created: Created,
) -> Result<(StatusCode, Json<wire::Conversation>), Problem> {
    let status = if created.new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let conversation = api.chat.conversation(actor.user, created.conversation).await?;
    Ok((status, Json(conversation)))
}

/// A conversation of one's own.
#[utoipa::path(get, path = "/conversations/{id}", operation_id = "getConversation", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = wire::Conversation)))]
async fn conversation(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<ConversationId>,
) -> Result<Json<wire::Conversation>, Problem> {
    api.chat.conversation(actor.user, id).await.map(Json)
}

/// The users that a list of texts names.
pub(super) fn user_ids(field: &str, texts: &[String]) -> Result<Vec<UserId>, Problem> {
    let ids = texts.iter().enumerate();
    ids.map(|(index, text)| parse_id(&format!("{field}[{index}]"), text))
        .collect()
}
