//! `/users`, `/user/{id}`: others. What shows of them is who they are and what they are called.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use talkline_core::{
    id::UserId,
    user::{Email, User},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    extract::{Actor, Id, Parameters},
    paging,
};
use crate::{
    problem::{Code, Problem},
    wire,
};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(users))
        .routes(routes!(user))
        .routes(routes!(presence))
}

/// Somebody.
#[derive(Serialize, ToSchema)]
pub(super) struct Person {
    #[schema(value_type = String)]
    id: UserId,
    name: String,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            name: user.name,
        }
    }
}

/// Whom to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// A part of the name, or the whole e-mail address; everybody if absent.
    query: Option<String>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// How many; at most 200.
    limit: Option<usize>,
}

/// Some people.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct People {
    /// By name. A page can be short, or even empty, and yet have a next one.
    users: Vec<Person>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next_cursor: Option<UserId>,
}

/// Look for people.
///
/// By a part of their name or by their whole e-mail address; addresses are never shown.
#[utoipa::path(get, path = "/users", operation_id = "findUsers", tag = "users", params(Search), responses((status = 200, body = People)))]
async fn users(
    State(api): State<Arc<Api>>,
    _actor: Actor,
    Parameters(search): Parameters<Search>,
) -> Result<Json<People>, Problem> {
    let query = search.query.as_deref().unwrap_or_default().trim();
    if query.len() > 254 {
        return Err(Problem::new(Code::InvalidParameter).with_error("query", "must have at most 254 bytes"));
    }
    let after = search
        .cursor
        .map(|cursor| cursor.parse::<UserId>().map_err(|_| paging::bad_cursor()))
        .transpose()?;
    let limit = paging::limit(search.limit, &api.config.sizes)?;
    let page = api.chat.ports().accounts.search(query, after, limit).await?;
    let next_cursor = page.users.last().filter(|_| page.has_more).map(|user| user.id);
    let users = page
        .users
        .into_iter()
        .filter(|user| may_be_found(user, query))
        .map(Person::from);
    Ok(Json(People {
        users: users.collect(),
        next_cursor,
    }))
}

/// The accounts find parts of addresses too; that would let anybody guess an address letter by letter.
fn may_be_found(user: &User, query: &str) -> bool {
    let by_name = || user.name.to_lowercase().contains(&query.to_lowercase());
    let by_address = || Email::try_from(query.to_owned()).is_ok_and(|email| email == user.email);
    query.is_empty() || by_name() || by_address()
}

/// Somebody.
#[utoipa::path(get, path = "/user/{id}", operation_id = "getUser", tag = "users", params(("id" = String, Path)), responses((status = 200, body = Person)))]
async fn user(State(api): State<Arc<Api>>, _actor: Actor, Id(id): Id<UserId>) -> Result<Json<Person>, Problem> {
    let user = api.chat.ports().accounts.users(&[id]).await?.pop();
    user.map(|user| Json(user.into()))
        .ok_or_else(|| Problem::new(Code::UserNotFound))
}

/// Whether somebody is there.
///
/// Told to those who share a conversation with them; for all others there is no such user.
#[utoipa::path(get, path = "/users/{id}/presence", operation_id = "getPresence", tag = "users", params(("id" = String, Path)),
    responses((status = 200, body = wire::Presence)))]
async fn presence(
    State(api): State<Arc<Api>>,
    Actor(actor): Actor,
    Id(id): Id<UserId>,
) -> Result<Json<wire::Presence>, Problem> {
    let mut known = api.chat.presence(&actor, &[id]).await?;
    known
        .remove(&id)
        .map(Json)
        .ok_or_else(|| Problem::new(Code::UserNotFound))
}

#[cfg(test)]
mod tests {
    use talkline_core::{time::Timestamp, user::Tier};

    use super::*;

    #[test]
    fn an_address_is_found_as_a_whole_only() {
        let ann = User {
            id: UserId::from_bytes([1; 16]),
            email: Email::try_from("ann@example.org".to_owned()).unwrap(),
            name: "Änn Meier".into(),
            tier: Tier::Standard,
            created_at: Timestamp::default(),
        };
        for found in ["", "änn", "MEI", "ann@example.org", "ANN@example.org"] {
            assert!(may_be_found(&ann, found), "{found}");
        }
        for hidden in ["ann@", "example", "@example.org", "nn@example.org"] {
            assert!(!may_be_found(&ann, hidden), "{hidden}");
        }
    }
}
