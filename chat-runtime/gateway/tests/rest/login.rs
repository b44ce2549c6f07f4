//! Registering, logging in, refreshing, logging out.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use talkline_gateway::config::Registration;

use crate::stage::{Answer, Stage, User, user};

async fn login(stage: &Stage, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    stage.call(Method::POST, "/auth/login", None, Some(body)).await
}

async fn refresh(stage: &Stage, token: &str) -> Answer {
    let body = json!({"refreshToken": token});
    stage.call(Method::POST, "/auth/refresh", None, Some(body)).await
}

async fn me(stage: &Stage, user: &User) -> Answer {
    stage.get("/me", user).await
}

#[tokio::test]
async fn one_registers_logs_in_and_is_known() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    let answer = me(&stage, &ann).await;
    assert_eq!(answer.body["email"], "ann@example.org");
    assert_eq!(answer.body["name"], "Ann");
    assert_eq!(answer.body["tier"], "standard");

    let again = login(&stage, " ANN@Example.org", "correct horse").await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(user(&again.body).id, ann.id);
    let wrong = login(&stage, "ann@example.org", "battery staple").await;
    assert_eq!((wrong.status.as_u16(), wrong.code()), (401, "INVALID_CREDENTIALS"));
    let nobody = login(&stage, "nobody@example.org", "correct horse").await;
    assert_eq!((nobody.status.as_u16(), nobody.code()), (401, "INVALID_CREDENTIALS"));

    let taken = json!({"email": "Ann@example.org", "password": "correct horse", "name": "Another"});
    let taken = stage.call(Method::POST, "/auth/register", None, Some(taken)).await;
    assert_eq!((taken.status.as_u16(), taken.code()), (409, "EMAIL_TAKEN"));
    stage.close().await;
}

#[tokio::test]
async fn only_those_whom_the_operator_lets_register_do() {
    let stage =
        Stage::with(|config| config.auth.registration = Registration::Domains(vec!["example.org".into()])).await;
    let ann = stage.register("Ann").await;
    let body = json!({"email": "eve@example.com", "password": "correct horse", "name": "Eve"});
    let refused = stage.call(Method::POST, "/auth/register", None, Some(body)).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "REGISTRATION_CLOSED"));
    let nobody = login(&stage, "eve@example.com", "correct horse").await;
    assert_eq!(nobody.code(), "INVALID_CREDENTIALS", "and no account was made");
    assert_eq!(login(&stage, &ann.email, "correct horse").await.status, StatusCode::OK);
    stage.close().await;
}

#[tokio::test]
async fn a_form_learns_everything_that_is_wrong_at_once() {
    let stage = Stage::open().await;
    let body = json!({"email": "nowhere", "password": "short", "name": " "});
    let answer = stage.call(Method::POST, "/auth/register", None, Some(body)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (422, "INVALID"));
    let fields: Vec<_> = answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["field"])
        .collect();
    assert_eq!(fields, ["email", "password", "name"]);
    stage.close().await;
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_reuse_ends_the_login() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    let second = user(&refresh(&stage, &ann.refresh).await.body);
    assert_eq!(me(&stage, &second).await.status, StatusCode::OK);

    let reused = refresh(&stage, &ann.refresh).await;
    assert_eq!((reused.status.as_u16(), reused.code()), (401, "REFRESH_REFUSED"));
    let family = refresh(&stage, &second.refresh).await;
    assert_eq!((family.status.as_u16(), family.code()), (401, "REFRESH_REFUSED"));
    assert_eq!(me(&stage, &second).await.code(), "UNAUTHENTICATED");
    // Another login of the same user goes on.
    let other = user(&login(&stage, &ann.email, "correct horse").await.body);
    assert_eq!(me(&stage, &other).await.status, StatusCode::OK);
    stage.close().await;
}

#[tokio::test]
async fn after_a_logout_its_tokens_are_refused() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    assert_eq!(me(&stage, &ann).await.status, StatusCode::OK);
    let body = json!({"refreshToken": ann.refresh});
    for _ in 0..2 {
        let out = stage.call(Method::POST, "/auth/logout", None, Some(body.clone())).await;
        assert_eq!(out.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(me(&stage, &ann).await.code(), "UNAUTHENTICATED");
    assert_eq!(refresh(&stage, &ann.refresh).await.code(), "REFRESH_REFUSED");
    stage.close().await;
}

#[tokio::test]
async fn tokens_expire() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    stage.pass(Duration::from_secs(16 * 60));
    assert_eq!(me(&stage, &ann).await.code(), "TOKEN_EXPIRED");
    let next = user(&refresh(&stage, &ann.refresh).await.body);
    assert_eq!(me(&stage, &next).await.status, StatusCode::OK);
    stage.pass(Duration::from_secs(8 * 24 * 60 * 60));
    assert_eq!(refresh(&stage, &next.refresh).await.code(), "REFRESH_REFUSED");
    stage.close().await;
}

#[tokio::test]
async fn a_logout_takes_hold_on_every_gateway_within_a_second() {
    let stage = Stage::open().await;
    let other = stage.another_gateway().await;
    let there = format!("http://{}/api/v1/me", other.address());
    let ann = stage.register("Ann").await;
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let ask = async || Stage::send(client.get(&there).bearer_auth(&ann.token)).await;
    assert_eq!(ask().await.status, StatusCode::OK);

    let body = json!({"refreshToken": ann.refresh});
    stage.call(Method::POST, "/auth/logout", None, Some(body)).await;
    let since = std::time::Instant::now();
    stage.until(async || ask().await.code() == "UNAUTHENTICATED").await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    other.stop().await;
    stage.close().await;
}
