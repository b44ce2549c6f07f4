//! How often one may ask, and how one learns of it.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use talkline_core::limit::Quota;

use crate::stage::Stage;

fn per_hour(permits: u32) -> Quota {
    Quota {
        permits,
        window: Duration::from_secs(3600),
    }
}

#[tokio::test]
async fn the_api_says_what_is_left_and_when_to_come_back() {
    let stage = Stage::with(|config| config.limits.api = per_hour(3)).await;
    let ann = stage.register("Ann").await;
    for left in ["2", "1", "0"] {
        let answer = stage.get("/me", &ann).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer.header("ratelimit").starts_with(&format!("\"api\";r={left};t=")),
            "{:?}",
            answer.headers
        );
        assert_eq!(answer.header("ratelimit-policy"), "\"api\";q=3;w=3600");
    }
    let refused = stage.get("/me", &ann).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "RATE_LIMITED"));
    let after: u64 = refused.header("retry-after").parse().unwrap();
    let millis = refused.body["retryAfterMs"].as_u64().unwrap();
    assert!(
        (1..=7200).contains(&after) && millis.div_ceil(1000) == after,
        "{after} {millis}"
    );
    assert!(refused.header("ratelimit").starts_with("\"api\";r=0;t="));
    // Another user is another count.
    let bob = stage.call(Method::GET, "/me", None, None).await;
    assert_eq!(bob.code(), "UNAUTHENTICATED");
    stage.close().await;
}

#[tokio::test]
async fn without_a_token_the_address_counts() {
    let stage = Stage::with(|config| config.limits.api = per_hour(2)).await;
    let ask = async || stage.call(Method::GET, "/monitoring/health", None, None).await;
    let codes = [ask().await.status, ask().await.status, ask().await.status];
    assert_eq!(codes.map(|status| status.as_u16()), [200, 200, 429]);
    stage.close().await;
}

#[tokio::test]
async fn failed_logins_count_and_good_ones_do_not() {
    let stage = Stage::with(|config| {
        config.limits.auth = per_hour(2);
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let (ann, bob) = (stage.register("Ann").await, stage.register("Bob").await);
    let login = async |email: &str, password: &str, from: &str| {
        let request = stage
            .request(Method::POST, "/api/v1/auth/login")
            .header("x-forwarded-for", from);
        let answer = Stage::send(request.json(&json!({"email": email, "password": password}))).await;
        (answer.status.as_u16(), answer.header("ratelimit").to_owned())
    };
    for _ in 0..4 {
        assert_eq!(login(&ann.email, "correct horse", "192.0.2.1").await.0, 200);
    }
    assert_eq!(login(&ann.email, "wrong", "192.0.2.1").await.0, 401);
    assert_eq!(login(&ann.email, "wrong", "192.0.2.2").await.0, 401);
    // The account's count is full, from wherever, even with the right password …
    let (status, left) = login(&ann.email, "correct horse", "192.0.2.3").await;
    assert_eq!(status, 429);
    assert!(left.starts_with("\"auth\";r=0;"), "{left}");
    // … and so is an address's that has tried two accounts, but not other addresses'.
    assert_eq!(login(&bob.email, "wrong", "192.0.2.1").await.0, 401);
    assert_eq!(login(&bob.email, "correct horse", "192.0.2.1").await.0, 429);
    assert_eq!(login(&bob.email, "correct horse", "192.0.2.4").await.0, 200);
    stage.close().await;
}

#[tokio::test]
async fn guesses_at_the_same_time_are_counted_too() {
    let stage = Stage::with(|config| config.limits.auth = per_hour(3)).await;
    let ann = stage.register("Ann").await;
    let body = json!({"email": ann.email, "password": "wrong"});
    let guesses = (0..12).map(|_| stage.call(Method::POST, "/auth/login", None, Some(body.clone())));
    let answers = futures::future::join_all(guesses).await;
    let wrong = answers
        .iter()
        .filter(|answer| answer.code() == "INVALID_CREDENTIALS")
        .count();
    let refused = answers.iter().filter(|answer| answer.code() == "RATE_LIMITED").count();
    assert_eq!((wrong, refused), (3, 9));
    stage.close().await;
}

#[tokio::test]
async fn messages_have_their_own_limit() {
    let stage = Stage::with(|config| config.limits.messages = per_hour(1)).await;
    let (ann, bob) = (stage.register("Ann").await, stage.register("Bob").await);
    let id = stage.direct(&ann, &bob).await;
    stage.say(&ann, &id, "one").await;
    let body = json!({"conversationId": id, "clientMessageId": "two", "text": "two"});
    let refused = stage.post("/chat/send", &ann, body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "RATE_LIMITED"));
    assert!(refused.header("ratelimit").starts_with("\"messages\";"));
    assert!(!refused.header("retry-after").is_empty());
    stage.close().await;
}
