//! `/auth/…`: registering, logging in, refreshing, logging out.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use talkline_core::user::Email;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Api,
    extract::{Body, Client},
    me::{self, Me},
};
use crate::{
    auth::{Grant, Registration},
    config::Sizes,
    problem::{Code, Problem},
};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
}

/// Somebody new.
#[derive(Deserialize, ToSchema)]
struct Register {
    /// Where they are reached; unique, whatever its case.
    #[schema(format = Email)]
    email: String,
    /// 8–256 bytes.
    #[schema(format = Password)]
    password: String,
    /// What they are called: 1–100 characters.
    name: String,
}

/// Somebody who comes back.
#[derive(Deserialize, ToSchema)]
struct Login {
    /// As registered.
    #[schema(format = Email)]
    email: String,
    /// As registered.
    #[schema(format = Password)]
    password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RefreshToken {
    /// The newest one of its login.
    refresh_token: String,
}

/// A login's tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Granted {
    /// Who is logged in.
    user: Me,
    /// A JWT for `Authorization: Bearer`, good for 15 minutes by default.
    access_token: String,
    /// Good once, for the next pair; for 7 days by default.
    refresh_token: String,
}

impl From<Grant> for Granted {
    fn from(grant: Grant) -> Self {
        Self {
            user: grant.user.into(),
            access_token: grant.access_token,
            refresh_token: grant.refresh_token,
        }
    }
}

/// Register a new user and log in.
///
/// Refused with `EMAIL_TAKEN` if the address is in use, and with `REGISTRATION_CLOSED` where the operator lets nobody
/// register, or nobody with such an address.
#[utoipa::path(post, path = "/auth/register", operation_id = "register", tag = "auth", security(()),
    request_body = Register, responses((status = 201, body = Granted)))]
async fn register(
    State(api): State<Arc<Api>>,
    Client(client): Client,
    Body(body): Body<Register>,
) -> Result<(StatusCode, Json<Granted>), Problem> {
    let new = registration(body, &api.config.sizes)?;
    let result = api.accounts.register(new, client).await;
    api.metrics.login(&result);
    Ok((StatusCode::CREATED, Json(result?.into())))
}

/// Log in with a password.
///
/// `INVALID_CREDENTIALS` does not say whether the address is known. Failures count, per account and client address.
#[utoipa::path(post, path = "/auth/login", operation_id = "login", tag = "auth", security(()),
    request_body = Login, responses((status = 200, body = Granted)))]
async fn login(
    State(api): State<Arc<Api>>,
    Client(client): Client,
    Body(body): Body<Login>,
) -> Result<Json<Granted>, Problem> {
    let email = Email::try_from(body.email).map_err(|why| Problem::invalid("email", why))?;
    // A password that nobody can have is not worth a hash.
    if body.password.len() > *api.config.sizes.password_bytes.end() {
        return Err(Problem::new(Code::InvalidCredentials));
    }
    let result = api.accounts.login(email, body.password, client).await;
    api.metrics.login(&result);
    Ok(Json(result?.into()))
}

/// Exchange a refresh token for the next pair of tokens.
///
/// Each is good once. Using one again ends the login: somebody else may have it.
#[utoipa::path(post, path = "/auth/refresh", operation_id = "refreshTokens", tag = "auth", security(()),
    request_body = RefreshToken, responses((status = 200, body = Granted)))]
async fn refresh(State(api): State<Arc<Api>>, Body(body): Body<RefreshToken>) -> Result<Json<Granted>, Problem> {
    let result = api.accounts.refresh(&body.refresh_token).await;
    api.metrics.login(&result);
    Ok(Json(result?.into()))
}

/// Log out: the login's tokens are refused from now on, and its sockets close.
#[utoipa::path(post, path = "/auth/logout", operation_id = "logout", tag = "auth", security(()),
    request_body = RefreshToken, responses((status = 204, description = "Logged out, or was already")))]
async fn logout(State(api): State<Arc<Api>>, Body(body): Body<RefreshToken>) -> Result<StatusCode, Problem> {
    api.accounts.logout(&body.refresh_token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Checks all fields, so that a form can show everything that is wrong at once.
fn registration(body: Register, sizes: &Sizes) -> Result<Registration, Problem> {
    let mut problem = Problem::new(Code::Invalid);
    let email = Email::try_from(body.email);
    if let Err(why) = &email {
        problem = problem.with_error("email", *why);
    }
    if !sizes.password_bytes.contains(&body.password.len()) {
        let (least, most) = (sizes.password_bytes.start(), sizes.password_bytes.end());
        problem = problem.with_error("password", format!("must have {least} to {most} bytes"));
    }
    let name = me::checked_name(&body.name, sizes);
    if let Err(why) = &name {
        problem = problem.with_error("name", why);
    }
    match (email, name) {
        (Ok(email), Ok(name)) if problem.errors().is_empty() => Ok(Registration {
            email,
            password: body.password,
            name,
        }),
        _ => Err(problem),
    }
}
