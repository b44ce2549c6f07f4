//! What goes around every request: problems, traces, deadlines, sizes, headers for browsers.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use talkline_gateway::config::Origins;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::stage::{Answer, Stage};

fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (status, code),
        "{:?}",
        answer.body
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.body["status"], status);
    assert!(!answer.body["title"].as_str().unwrap().is_empty());
    assert_eq!(answer.body["type"], format!("/docs#{code}"));
    assert_eq!(answer.body["traceId"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let stage = Stage::open().await;
    for path in ["/api/v1/nothing", "/api/v1", "/api/v1/", "/api/v2/me", "/nothing.js"] {
        for method in [Method::GET, Method::POST] {
            let answer = Stage::send(stage.request(method, path)).await;
            assert_problem(&answer, 404, "NOT_FOUND");
        }
    }
    let wrong = stage.call(Method::DELETE, "/me", None, None).await;
    assert_problem(&wrong, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    stage.close().await;
}

#[tokio::test]
async fn a_clients_trace_goes_on() {
    let stage = Stage::open().await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = stage.request(Method::GET, "/api/v1/me").header("traceparent", parent);
    let answer = Stage::send(request).await;
    assert_problem(&answer, 401, "UNAUTHENTICATED");
    assert_eq!(answer.body["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    stage.close().await;
}

#[tokio::test]
async fn a_token_counts_in_its_header_only() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    let answer = async |authorization: String| {
        let request = stage
            .request(Method::GET, "/api/v1/me")
            .header("authorization", authorization);
        Stage::send(request).await.status.as_u16()
    };
    assert_eq!(answer(format!("bearer {}", ann.token)).await, 200);
    assert_eq!(answer(format!("Basic {}", ann.token)).await, 401);
    assert_eq!(answer(ann.token.clone()).await, 401);
    let query = format!("/me?token={0}&access_token={0}", ann.token);
    assert_eq!(
        stage.call(Method::GET, &query, None, None).await.status,
        StatusCode::UNAUTHORIZED
    );
    stage.close().await;
}

/// Sends bytes and reads the answer up to the end of the connection.
async fn raw(stage: &Stage, request: &str) -> String {
    let address = stage.url("").strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .unwrap()
        .unwrap();
    String::from_utf8(answer).unwrap()
}

const HEAD: &str =
    "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_too() {
    let stage = Stage::with(|config| config.http.body_bytes = 1000).await;
    let chunk = format!("1f4\r\n{}\r\n", "x".repeat(0x1f4));
    let body = format!("{}0\r\n\r\n", chunk.repeat(4));
    let answer = raw(&stage, &format!("{HEAD}transfer-encoding: chunked\r\n\r\n{body}")).await;
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("PAYLOAD_TOO_LARGE"),
        "{answer}"
    );
    stage.close().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let stage = Stage::with(|config| config.http.request_timeout = Duration::from_millis(50)).await;
    let answer = raw(&stage, &format!("{HEAD}content-length: 10\r\n\r\n{{")).await;
    assert!(
        answer.starts_with("HTTP/1.1 504 ") && answer.contains("\"TIMEOUT\""),
        "{answer}"
    );
    stage.close().await;
}

#[tokio::test]
async fn pages_of_listed_origins_may_read() {
    let stage = Stage::with(|config| config.http.origins = Origins::new(["https://chat.example.org"])).await;
    let preflight = async |origin: &str| {
        let request = stage.request(Method::OPTIONS, "/api/v1/me").header("origin", origin);
        let request = request.header("access-control-request-method", "PATCH");
        Stage::send(request.header("access-control-request-headers", "authorization,idempotency-key")).await
    };
    let listed = preflight("https://chat.example.org").await;
    assert_eq!(listed.header("access-control-allow-origin"), "https://chat.example.org");
    assert!(listed.header("access-control-allow-methods").contains("PATCH"));
    assert!(
        listed
            .header("access-control-allow-headers")
            .contains("idempotency-key")
    );
    let other = preflight("https://evil.example.org").await;
    assert_eq!(other.header("access-control-allow-origin"), "");
    stage.close().await;
}

#[tokio::test]
async fn every_answer_is_safe_for_browsers() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    for answer in [stage.get("/me", &ann).await, stage.get("/nothing", &ann).await] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    }
    stage.close().await;
}

#[tokio::test]
async fn the_page_that_stands_in_for_the_client_is_served_at_any_of_its_paths() {
    let stage = Stage::open().await;
    for path in ["/", "/conversations/some-id"] {
        let page = Stage::send(stage.request(Method::GET, path).header("accept", "text/html")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.as_str().unwrap().contains("make up"));
        assert!(page.header("content-security-policy").contains("default-src 'self'"));
    }
    let script = Stage::send(stage.request(Method::GET, "/app.js").header("accept", "*/*")).await;
    assert_problem(&script, 404, "NOT_FOUND");
    let api = Stage::send(
        stage
            .request(Method::GET, "/api/v1/nothing")
            .header("accept", "text/html"),
    )
    .await;
    assert_problem(&api, 404, "NOT_FOUND");
    let post = Stage::send(stage.request(Method::POST, "/").json(&json!({}))).await;
    assert_problem(&post, 405, "METHOD_NOT_ALLOWED");
    stage.close().await;
}
