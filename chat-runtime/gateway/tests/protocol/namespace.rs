//! Connecting to the chat, and what refuses it.

use std::time::Duration;

use talkline_gateway::engine::Config;

use crate::{
    client::{Poller, WEBSOCKET, Ws},
    server::{TestServer, eventually, patient},
};

#[tokio::test]
async fn connects_over_both_transports() {
    let server = TestServer::start(patient()).await;
    Ws::join(server.addr, "ann").await;
    Poller::open(server.addr).await.join("bob").await;
    server.handle(2).await;
    let peers = server.chat.peers.lock().unwrap();
    assert!(
        peers
            .iter()
            .all(|peer| peer.addr.ip().is_loopback() && peer.user_agent.is_none())
    );
}

#[tokio::test]
async fn refusals_name_their_reason_and_leave_the_transport() {
    let server = TestServer::start(patient()).await;
    let mut ws = Ws::open(server.addr).await;
    for (packet, answer) in [
        ("40", r#"44{"message":"UNAUTHENTICATED"}"#),
        (r#"40{"token":"bad"}"#, r#"44{"message":"UNAUTHENTICATED"}"#),
        (r#"40"token""#, r#"44{"message":"UNAUTHENTICATED"}"#),
        (r#"40{"token":"expired"}"#, r#"44{"message":"TOKEN_EXPIRED"}"#),
        (r#"40{"token":"panic"}"#, r#"44{"message":"UNAVAILABLE"}"#),
        ("40/other,", r#"44/other,{"message":"Invalid namespace"}"#),
        (
            r#"40/other,{"token":"ann"}"#,
            r#"44/other,{"message":"Invalid namespace"}"#,
        ),
    ] {
        ws.send(packet).await;
        assert_eq!(ws.text().await, answer, "{packet}");
    }
    ws.greet("ann").await;
    assert_eq!(server.engine.metrics().panics.get(), 1);
}

#[tokio::test]
async fn a_foreign_page_is_refused_by_name() {
    let server = TestServer::start(Config {
        allowed_origins: Some(vec![]),
        ..patient()
    })
    .await;
    let answer = crate::client::http(
        server.addr,
        "GET",
        crate::client::POLLING,
        "Origin: https://evil.example\r\n",
        "",
    )
    .await;
    let path = format!("{}&sid={}", crate::client::POLLING, crate::client::sid(&answer.body));
    crate::client::http(server.addr, "POST", &path, "", r#"40{"token":"ann"}"#).await;
    let answer = crate::client::get(server.addr, &path).await;
    assert_eq!(answer.body, r#"44{"message":"FORBIDDEN_ORIGIN"}"#);
    assert!(server.chat.peers.lock().unwrap().is_empty(), "the chat was not asked");
}

#[tokio::test]
async fn who_does_not_connect_in_time_is_gone() {
    let server = TestServer::start(patient()).await;
    let mut silent = Ws::open(server.addr).await;
    let mut undecided = Ws::open(server.addr).await;
    undecided.send(r#"40{"token":"never"}"#).await;
    let mut refused = Ws::open(server.addr).await;
    refused.send(r#"40{"token":"bad"}"#).await;
    assert_eq!(silent.rest().await, ["1"], "the end of the transport is announced");
    undecided.rest().await;
    refused.rest().await;
    eventually("no socket left", || server.engine.metrics().sockets_open.get() == 0).await;
    assert!(server.chat.connected.lock().unwrap().is_empty());
}

#[tokio::test]
async fn connecting_twice_is_connecting_once() {
    let server = TestServer::start(Config {
        connect_timeout: Duration::from_secs(5),
        ..patient()
    })
    .await;
    let mut ws = Ws::upgrade(server.addr, WEBSOCKET).await;
    ws.text().await;
    ws.greet("ann").await;
    ws.send(r#"40{"token":"bob"}"#).await;
    ws.send(r#"421["echo",1]"#).await;
    assert_eq!(ws.text().await, "431[1]");
    assert_eq!(server.chat.peers.lock().unwrap().len(), 1);
}
