//! Pings: the first comes one interval after the handshake, and a client that does not answer is gone.

use std::time::{Duration, Instant};

use crate::{
    client::{Poller, Ws},
    server::{PING_INTERVAL, PING_TIMEOUT, TestServer, config, eventually},
};

/// How much earlier a timer may seem to fire: it starts before the client has the answer that it measures from.
const SLACK: Duration = Duration::from_millis(60);

#[tokio::test]
async fn a_websocket_is_pinged_once_an_interval() {
    let server = TestServer::start(config()).await;
    let mut ws = Ws::open(server.addr).await;
    let start = Instant::now();
    ws.greet("ann").await;
    for round in 1..=3 {
        assert_eq!(ws.text().await, "2", "round {round}");
        assert!(
            start.elapsed() > PING_INTERVAL * round - SLACK,
            "round {round} came after {:?}",
            start.elapsed()
        );
        ws.send("3").await;
    }
}

#[tokio::test]
async fn polling_is_pinged_once_an_interval() {
    let server = TestServer::start(config()).await;
    let polling = Poller::open(server.addr).await;
    let start = Instant::now();
    polling.join("ann").await;
    for round in 1..=3 {
        assert_eq!(polling.poll().await.body, "2", "round {round}");
        assert!(
            start.elapsed() > PING_INTERVAL * round - SLACK,
            "round {round} came after {:?}",
            start.elapsed()
        );
        assert_eq!(polling.post("3").await.body, "ok");
    }
}

#[tokio::test]
async fn who_does_not_answer_is_gone() {
    let server = TestServer::start(config()).await;
    let start = Instant::now();
    let mut ws = Ws::join(server.addr, "ann").await;
    let polling = Poller::open(server.addr).await;
    polling.join("bob").await;
    let last = ws.rest().await;
    assert!(last == ["2"] || last == ["2", "1"], "{last:?}");
    assert!(start.elapsed() > PING_INTERVAL + PING_TIMEOUT - SLACK);
    eventually("both gone", || server.chat.disconnected.lock().unwrap().len() == 2).await;
    assert_eq!(polling.poll().await.status, 400);
    eventually("no socket left", || server.engine.metrics().sockets_open.get() == 0).await;
}
