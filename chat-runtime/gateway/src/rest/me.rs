//! `/me`, `/profile`: oneself.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use talkline_core::{
    id::UserId,
    port::Profile,
    time::Timestamp,
    user::{Tier, User},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    extract::{Actor, Body},
};
use crate::{
    config::Sizes,
    problem::{Code, Problem},
};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(me)).routes(routes!(profile))
}

/// Oneself. Only here does an e-mail address show.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    #[schema(value_type = String)]
    id: UserId,
    /// In its normal form.
    email: String,
    name: String,
    /// Which limits apply.
    #[schema(value_type = String)]
    tier: Tier,
    /// RFC 3339, UTC, milliseconds.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<User> for Me {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email.into(),
            name: user.name,
            tier: user.tier,
            created_at: user.created_at,
        }
    }
}

/// What one changes of oneself.
#[derive(Deserialize, ToSchema)]
struct NewProfile {
    /// 1–100 characters; stays as it is if absent.
    #[serde(default)]
    name: Option<String>,
}

/// Oneself.
#[utoipa::path(get, path = "/me", operation_id = "getMe", tag = "users", responses((status = 200, body = Me)))]
async fn me(State(api): State<Arc<Api>>, Actor(actor): Actor) -> Result<Json<Me>, Problem> {
    let user = api.chat.ports().accounts.users(&[actor.user]).await?.pop();
    user.map(|user| Json(user.into()))
        .ok_or_else(|| Problem::new(Code::UserNotFound))
}

/// Change what one is called.
#[utoipa::path(put, path = "/profile", operation_id = "updateProfile", tag = "users", request_body = NewProfile, responses((status = 200, body = Me)))]
async fn profile(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Body(body): Body<NewProfile>,
) -> Result<Json<Me>, Problem> {
    let name = body.name.map(|name| checked_name(&name, &api.config.sizes)).transpose();
    let name = name.map_err(|why| Problem::invalid("name", why))?;
    let user = api.chat.ports().accounts.update(actor.user, &Profile { name }).await?;
    user.map(|user| Json(user.into()))
        .ok_or_else(|| Problem::new(Code::UserNotFound))
}

/// A name without blanks around it, or what is wrong with it.
pub(super) fn checked_name(name: &str, sizes: &Sizes) -> Result<String, String> {
    let name = name.trim();
    let most = sizes.name_chars;
    let fits = !name.is_empty() && name.chars().nth(most).is_none() && !name.contains(char::is_control);
    fits.then(|| name.to_owned())
        .ok_or_else(|| format!("must have 1 to {most} characters"))
}
