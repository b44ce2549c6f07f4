//! Handshakes: what opens a session and what does not.

use serde_json::Value;
use talkline_gateway::engine::Config;

use crate::{
    client::{POLLING, Poller, WEBSOCKET, Ws, get, http},
    server::{TestServer, config, patient},
};

/// The headers of a WebSocket handshake.
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[tokio::test]
async fn polling_opens_a_session() {
    let server = TestServer::start(config()).await;
    let answer = get(server.addr, POLLING).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.head.contains("content-type: text/plain; charset=utf-8"),
        "{}",
        answer.head
    );
    let open: Value = serde_json::from_str(answer.body.strip_prefix('0').unwrap()).unwrap();
    let fields: Vec<_> = open.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["maxPayload", "pingInterval", "pingTimeout", "sid", "upgrades"]);
    assert_eq!(open["upgrades"], serde_json::json!(["websocket"]));
    assert_eq!(open["pingInterval"], 300);
    assert_eq!(open["pingTimeout"], 200);
    assert_eq!(open["maxPayload"], 100_000);
}

#[tokio::test]
async fn a_websocket_opens_a_session() {
    let server = TestServer::start(config()).await;
    let mut ws = Ws::upgrade(server.addr, WEBSOCKET).await;
    let open: Value = serde_json::from_str(ws.text().await.strip_prefix('0').unwrap()).unwrap();
    assert_eq!(open["upgrades"], serde_json::json!([]));
    assert_eq!(open["pingInterval"], 300);
    assert_eq!(open["maxPayload"], 100_000);
}

#[tokio::test]
async fn anything_else_is_refused() {
    let server = TestServer::start(patient()).await;
    for (method, path, headers, code) in [
        ("GET", "/socket.io/", "", 5),
        ("GET", "/socket.io", "", 5),
        ("GET", "/socket.io/?transport=polling", "", 5),
        ("GET", "/socket.io/?EIO=abc&transport=polling", "", 5),
        ("GET", "/socket.io/?EIO=3&transport=polling", "", 5),
        ("GET", "/socket.io/?EIO=3&transport=websocket", UPGRADE, 5),
        ("GET", "/socket.io/?transport=websocket", UPGRADE, 5),
        ("GET", "/socket.io/?EIO=4", "", 0),
        ("GET", "/socket.io/?EIO=4&transport=abc", "", 0),
        ("GET", "/socket.io/?EIO=4&transport=abc", UPGRADE, 0),
        ("POST", POLLING, "", 2),
        ("PUT", POLLING, "", 2),
        (
            "DELETE",
            "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAHs",
            "",
            2,
        ),
        ("GET", "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAHs", "", 1),
        (
            "POST",
            "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAHs",
            "",
            1,
        ),
        ("GET", "/socket.io/?EIO=4&transport=polling&sid=../..", "", 1),
        (
            "GET",
            "/socket.io/?EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAHs",
            UPGRADE,
            1,
        ),
        ("GET", WEBSOCKET, "", 3),
        ("POST", WEBSOCKET, UPGRADE, 3),
    ] {
        let answer = http(server.addr, method, path, headers, "").await;
        assert_eq!(answer.status, 400, "{method} {path}: {answer:?}");
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{method} {path}: {answer:?}"));
        assert_eq!(body["code"], code, "{method} {path}: {answer:?}");
    }
    assert_eq!(server.engine.metrics().sockets_open.get(), 0);
}

#[tokio::test]
async fn a_full_gateway_says_when_to_come_back() {
    let server = TestServer::start(Config {
        max_sockets: 2,
        ..patient()
    })
    .await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let _ws = Ws::join(server.addr, "bob").await;
    for (path, headers) in [(POLLING, ""), (WEBSOCKET, UPGRADE)] {
        let answer = http(server.addr, "GET", path, headers, "").await;
        assert_eq!(answer.status, 503, "{path}: {answer:?}");
        assert!(answer.head.contains("retry-after: 5"), "{path}: {answer:?}");
    }
    assert_eq!(server.engine.metrics().refused.get(), 2);
    assert_eq!(polling.post("1").await.status, 200);
    crate::server::eventually("a free place", || server.engine.metrics().sockets_open.get() == 1).await;
    Ws::open(server.addr).await;
}

#[tokio::test]
async fn a_draining_gateway_keeps_what_it_has() {
    let server = TestServer::start(patient()).await;
    let mut ws = Ws::join(server.addr, "ann").await;
    assert_eq!(server.engine.metrics().draining.get(), 0);
    server.engine.drain();
    assert_eq!(server.engine.metrics().draining.get(), 1);
    assert_eq!(get(server.addr, POLLING).await.status, 503);
    ws.send(r#"421["echo",7]"#).await;
    assert_eq!(ws.text().await, "431[7]");
}

#[tokio::test]
async fn other_paths_are_the_routers() {
    let server = TestServer::start(patient()).await;
    assert_eq!(get(server.addr, "/rest").await.body, "rest");
    assert_eq!(get(server.addr, "/socket.iox").await.status, 404);
}

#[tokio::test]
async fn pages_of_allowed_origins_may_read_the_answer() {
    let server = TestServer::start(Config {
        allowed_origins: Some(vec!["https://chat.example".into()]),
        ..patient()
    })
    .await;
    for (origin, allowed) in [
        ("https://chat.example", true),
        ("http://test", true),
        ("https://evil.example", false),
    ] {
        for (method, status) in [("GET", 200), ("OPTIONS", 204)] {
            let answer = http(server.addr, method, POLLING, &format!("Origin: {origin}\r\n"), "").await;
            assert_eq!(answer.status, status, "{method} {origin}");
            let said = answer.head.contains(&format!("access-control-allow-origin: {origin}"));
            assert_eq!(said, allowed, "{method} {origin}: {answer:?}");
        }
    }
}
