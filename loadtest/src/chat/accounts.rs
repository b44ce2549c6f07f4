//! Registering and logging in, a few users at a time: a password's hash costs the server tens of milliseconds on purpose.

use std::sync::Arc;

use goose::goose::{GooseMethod, GooseUser, TransactionResult};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    load::{Account, Load, Tokens},
    rest::{Answer, Call, Error},
};

/// Nobody's secret: the accounts are made by and for this program.
const PASSWORD: &str = "load-test-password-1";

#[derive(Deserialize)]
struct LoggedIn {
    user: User,
    #[serde(flatten)]
    tokens: Tokens,
}

#[derive(Deserialize)]
struct User {
    id: String,
}

/// Takes accounts until there are none left, and waits for the other goose users to finish theirs.
pub(super) async fn register(load: Arc<Load>, user: &mut GooseUser) -> TransactionResult {
    while let Some(index) = load.registering.take() {
        if load.aborted.is_cancelled() {
            return Ok(());
        }
        match log_in(&load, user, index).await {
            Ok(account) => drop(load.accounts[index].set(account)),
            Err(why) => load.fail(why),
        }
        load.registering.finish_one();
    }
    load.unless_aborted(load.registering.finished()).await;
    Ok(())
}

/// Registers an account, or logs in to it when it exists.
async fn log_in(load: &Load, user: &mut GooseUser, index: usize) -> Result<Account, String> {
    let email = match &load.options.accounts {
        Some(prefix) => format!("{prefix}-{index}@load.example"),
        None => format!("{:08x}-{index}@load.example", load.run),
    };
    let body = registration(&email, &format!("Load {index}"));
    let answer = post(load, user, "/auth/register", &body)
        .await
        .map_err(|error| error.to_string())?;
    let answer = match answer.status {
        StatusCode::CREATED => answer,
        StatusCode::CONFLICT => {
            let body = json!({ "email": email, "password": PASSWORD });
            post(load, user, "/auth/login", &body)
                .await
                .map_err(|error| error.to_string())?
        }
        _ => return Err(format!("cannot register {email}: {}", answer.describe())),
    };
    let logged_in: LoggedIn =
        serde_json::from_slice(&answer.body).map_err(|_| format!("cannot log in {email}: {}", answer.describe()))?;
    Ok(Account::new(logged_in.user.id, email, logged_in.tokens))
}

/// What registers somebody.
pub(super) fn registration(email: &str, name: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "name": name })
}

/// What logs an account in once more.
pub(super) fn log_in_again(account: &Account) -> Value {
    json!({ "email": account.email, "password": PASSWORD })
}

/// Goes on with the tokens of an answer.
pub(super) fn take_tokens(account: &Account, body: &[u8]) {
    if let Ok(tokens) = serde_json::from_slice::<Tokens>(body) {
        *account.tokens() = tokens;
    }
}

/// Gets a new access token for an account whose old one has expired.
pub(super) async fn renew(load: &Load, user: &mut GooseUser, index: usize) {
    let Some(account) = load.account(index) else { return };
    let body = json!({ "refreshToken": account.tokens().refresh_token });
    // A failure shows as a refused connection, which asks for another renewal.
    let Ok(answer) = post(load, user, "/auth/refresh", &body).await else {
        return;
    };
    take_tokens(account, &answer.body);
}

async fn post(load: &Load, user: &mut GooseUser, route: &str, body: &Value) -> Result<Answer, Error> {
    let path = format!("/api/v1{route}");
    let call = Call {
        method: GooseMethod::Post,
        path: &path,
        name: route,
        token: None,
        body: Some(body),
        idempotency_key: None,
    };
    load.call(user, call).await
}
