//! The admin port: whether the gateway lives and is ready, and what it counts.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use reqwest::Method;
use serde_json::{Value, json};
use talkline_gateway::{admin, health::Status};
use tower::ServiceExt;

use crate::stage::Stage;

async fn get(stage: &Stage, path: &str) -> (StatusCode, String) {
    let router = admin::router(stage.health().clone(), stage.registry.clone());
    let response = router
        .oneshot(Request::get(path).body(Body::empty()).unwrap())
        .await
        .unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn it_is_ready_until_it_drains() {
    let stage = Stage::open().await;
    assert_eq!(get(&stage, "/livez").await.0, StatusCode::OK);
    let (status, report) = get(&stage, "/readyz").await;
    assert_eq!(status, StatusCode::OK, "{report}");
    let health = stage.call(Method::GET, "/monitoring/health", None, None).await;
    assert_eq!((health.status.as_u16(), &health.body["status"]), (200, &json!("ok")));

    stage.health().drain();
    let (status, report) = get(&stage, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["status"], &report["store"]),
        (&json!("draining"), &json!("ok"))
    );
    // It still serves those who are there, and lives.
    assert_eq!(get(&stage, "/livez").await.0, StatusCode::OK);
    assert_eq!(
        stage
            .call(Method::GET, "/monitoring/health", None, None)
            .await
            .status
            .as_u16(),
        200
    );
    stage.close().await;
}

#[tokio::test]
async fn it_is_not_ready_without_its_store() {
    let stage = Stage::open().await;
    let health = stage.health().clone();
    stage.close().await;
    let report = health.report().await;
    assert_eq!(
        (report.store, report.accounts),
        (Status::Unavailable, Status::Unavailable)
    );
}

#[tokio::test]
async fn what_happens_is_counted_without_naming_anybody() {
    let stage = Stage::open().await;
    let (ann, bob) = (stage.register("Ann").await, stage.register("Bob").await);
    let id = stage.direct(&ann, &bob).await;
    stage.say(&ann, &id, "hello").await;
    let missing = json!({"conversationId": id, "clientMessageId": "", "text": "x"});
    assert_eq!(stage.post("/chat/send", &ann, missing).await.code(), "INVALID");
    let wrong = json!({"email": ann.email, "password": "wrong"});
    stage.call(Method::POST, "/auth/login", None, Some(wrong)).await;

    let (status, text) = get(&stage, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "talkline_gateway_logins_total{outcome=\"ok\"} 2",
        "talkline_gateway_logins_total{outcome=\"INVALID_CREDENTIALS\"} 1",
        "talkline_gateway_sends_total{outcome=\"ok\"} 1",
        "talkline_gateway_sends_total{outcome=\"INVALID\"} 1",
        "talkline_gateway_password_hashes_pending 0",
        "talkline_gateway_sockets_open 0",
        "talkline_gateway_draining 0",
        "talkline_gateway_socket_backlog_bytes 0",
        "# UNIT talkline_gateway_http_request_duration_seconds seconds",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let route = "method=\"POST\",route=\"/api/v1/auth/register\",status=\"2xx\"";
    assert!(
        text.contains(&format!(
            "talkline_gateway_http_request_duration_seconds_count{{{route}}} 2"
        )),
        "{text}"
    );
    assert!(text.ends_with("# EOF\n"));
    for private in [&ann.id, &bob.id, &id, &ann.email] {
        assert!(!text.contains(private.as_str()), "{private}");
    }
    stage.close().await;
}

#[tokio::test]
async fn nothing_else_is_on_the_admin_port() {
    let stage = Stage::open().await;
    let (status, body) = get(&stage, "/api/v1/me").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("NOT_FOUND"));
    stage.close().await;
}
