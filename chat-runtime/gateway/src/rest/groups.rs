//! `/groups`: what a group's members and admins do to it.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use talkline_core::id::ConversationId;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    conversations::{answer, user_ids},
    extract::{Actor, Body, Id, RequestKey},
};
use crate::{chat::MemberChanges, problem::Problem, wire};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(rename))
        .routes(routes!(members))
        .routes(routes!(leave))
        .routes(routes!(dissolve))
}

/// A group to begin.
#[derive(Deserialize, ToSchema)]
struct NewGroup {
    /// 1–100 characters.
    name: String,
    /// The others; one can add more later.
    #[serde(default)]
    members: Vec<String>,
}

/// Another name.
#[derive(Deserialize, ToSchema)]
struct NewName {
    /// 1–100 characters.
    name: String,
}

/// What is to become of a group's members. At most 1,000 in each list.
#[derive(Deserialize, ToSchema)]
#[serde(default)]
#[derive(Default)]
struct NewMembers {
    /// Who comes.
    add: Vec<String>,
    /// Who goes.
    remove: Vec<String>,
    /// Who becomes an admin.
    promote: Vec<String>,
    /// Who ceases to be one.
    demote: Vec<String>,
}

/// Begin a group, as its first admin.
///
/// The same `Idempotency-Key` again is the same group, answered with 200.
#[utoipa::path(post, path = "/groups/create", operation_id = "createGroup", tag = "groups", request_body = NewGroup,
    params(RequestKey), responses((status = 201, body = wire::Conversation), (status = 200, body = wire::Conversation)))]
async fn create(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    key: RequestKey,
    Body(body): Body<NewGroup>,
) -> Result<(StatusCode, Json<wire::Conversation>), Problem> {
    let members = user_ids("members", &body.members)?;
    let created = api
        .chat
        .create_group(&actor, &body.name, members, key.as_deref())
        .await?;
    answer(&api, &actor, created).await
}

/// Give a group another name. For its admins.
#[utoipa::path(patch, path = "/groups/{id}/rename", operation_id = "renameGroup", tag = "groups", params(RequestKey, ("id" = String, Path)),
    request_body = NewName, responses((status = 200, body = wire::Changed)))]
async fn rename(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<ConversationId>,
    key: RequestKey,
    Body(body): Body<NewName>,
) -> Result<Json<wire::Changed>, Problem> {
    api.chat.rename(&actor, id, &body.name, key.as_deref()).await.map(Json)
}

/// Change who is in a group, and as what. For its admins.
///
/// Who is added sees what comes from then on. A group that would lack an admin gets its longest-standing member.
#[utoipa::path(patch, path = "/groups/{id}/members", operation_id = "changeMembers", tag = "groups", params(RequestKey, ("id" = String, Path)),
    request_body = NewMembers, responses((status = 200, body = wire::Changed)))]
async fn members(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<ConversationId>,
    key: RequestKey,
    Body(body): Body<NewMembers>,
) -> Result<Json<wire::Changed>, Problem> {
    let changes = MemberChanges {
        add: user_ids("add", &body.add)?,
        remove: user_ids("remove", &body.remove)?,
        promote: user_ids("promote", &body.promote)?,
        demote: user_ids("demote", &body.demote)?,
    };
    api.chat
        .change_members(&actor, id, changes, key.as_deref())
        .await
        .map(Json)
}

/// Leave a group.
#[utoipa::path(post, path = "/groups/{id}/leave", operation_id = "leaveGroup", tag = "groups", params(RequestKey, ("id" = String, Path)),
    responses((status = 200, body = wire::Changed)))]
async fn leave(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<ConversationId>,
    key: RequestKey,
) -> Result<Json<wire::Changed>, Problem> {
    api.chat.leave(&actor, id, key.as_deref()).await.map(Json)
}

/// End a group: everybody is removed. For its admins.
#[utoipa::path(delete, path = "/groups/{id}", operation_id = "deleteGroup", tag = "groups", params(RequestKey, ("id" = String, Path)),
    responses((status = 200, body = wire::Changed)))]
async fn dissolve(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<ConversationId>,
    key: RequestKey,
) -> Result<Json<wire::Changed>, Problem> {
    api.chat.dissolve(&actor, id, key.as_deref()).await.map(Json)
}
