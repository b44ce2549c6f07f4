//! From long-polling to a WebSocket: nothing is lost, doubled or overtaken.

use talkline_gateway::engine::{Frame, Handle};

use crate::{
    client::{Poller, WEBSOCKET, Ws},
    server::{TestServer, eventually, patient},
};

fn emit(handle: &Handle, numbers: std::ops::Range<u32>) {
    for n in numbers {
        handle.emit(&Frame::event("n", &n).unwrap());
    }
}

fn expected(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|n| format!("42[\"n\",{n}]")).collect()
}

/// Sends the probe; from its answer on the session is being upgraded.
async fn probe(server: &TestServer, polling: &Poller) -> Ws {
    let mut ws = Ws::upgrade(server.addr, &format!("{WEBSOCKET}&sid={}", polling.sid)).await;
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    ws
}

#[tokio::test]
async fn events_keep_their_order_over_the_upgrade() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let handle = server.handle(1).await;
    emit(&handle, 0..40);
    let mut seen = polling.packets().await;
    let mut ws = probe(&server, &polling).await;
    emit(&handle, 40..60);
    assert_eq!(polling.poll().await.body, "6", "polls end while the session moves");
    ws.send("5").await;
    emit(&handle, 60..80);
    while seen.len() < 80 {
        seen.push(ws.text().await);
    }
    assert_eq!(seen, expected(0..80));
    ws.send(r#"421["echo",1]"#).await;
    assert_eq!(ws.text().await, "431[1]");
    emit(&handle, 80..81);
    assert_eq!(ws.text().await, expected(80..81)[0]);
    assert_eq!(polling.poll().await.status, 400, "the session is no poller's any more");
}

#[tokio::test]
async fn the_namespace_may_connect_after_the_upgrade() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    let mut ws = probe(&server, &polling).await;
    ws.send("5").await;
    ws.greet("ann").await;
    ws.send(r#"421["echo",1]"#).await;
    assert_eq!(ws.text().await, "431[1]");
}

#[tokio::test]
async fn a_session_upgrades_once() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let mut ws = probe(&server, &polling).await;
    ws.send("5").await;
    let mut second = Ws::upgrade(server.addr, &format!("{WEBSOCKET}&sid={}", polling.sid)).await;
    assert!(second.rest().await.is_empty());
    ws.send(r#"421["echo",1]"#).await;
    assert_eq!(ws.text().await, "431[1]");
}

#[tokio::test]
async fn an_upgrade_that_fails_ends_the_session() {
    let server = TestServer::start(patient()).await;
    for failure in [None, Some("4hello"), Some("2probe")] {
        let polling = Poller::open(server.addr).await;
        polling.join("ann").await;
        let mut ws = probe(&server, &polling).await;
        match failure {
            None => drop(ws),
            Some(packet) => {
                ws.send(packet).await;
                ws.rest().await;
            }
        }
        eventually("the session's end", || server.engine.metrics().sockets_open.get() == 0).await;
        assert_eq!(polling.poll().await.status, 400, "{failure:?}");
    }
}
