//! Long-polling's own rules.

use crate::{
    client::Poller,
    server::{TestServer, eventually, patient},
};

#[tokio::test]
async fn two_polls_at_once_end_the_session() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    let (first, second) = tokio::join!(polling.poll(), polling.poll());
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    let last = if first.status == 200 { first } else { second };
    assert_eq!(last.body, "1");
    assert_eq!(polling.poll().await.status, 400);
}

#[tokio::test]
async fn a_poll_that_the_client_gives_up_ends_the_session() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let handle = server.handle(1).await;
    polling.give_up_a_poll().await;
    eventually("gone", || *server.chat.disconnected.lock().unwrap() == [handle.id()]).await;
    assert_eq!(polling.poll().await.status, 400);
}

#[tokio::test]
async fn a_body_that_is_no_packet_ends_the_session() {
    let server = TestServer::start(patient()).await;
    for body in ["abc", "9", "b!!!"] {
        let polling = Poller::open(server.addr).await;
        assert_eq!(polling.post(body).await.status, 400, "{body}");
        assert_eq!(polling.poll().await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn a_close_packet_ends_the_session() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let poll = tokio::spawn({
        let path = polling.path();
        async move { crate::client::get(server.addr, &path).await }
    });
    assert_eq!(polling.post("1").await.body, "ok");
    let last = poll.await.unwrap();
    // The poll may have been overtaken, in which case the session is gone already.
    assert!(last.body == "6" || last.status == 400, "{last:?}");
    assert_eq!(polling.poll().await.status, 400);
}

#[tokio::test]
async fn more_than_a_poll_carries_waits_for_the_next() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let handle = server.handle(1).await;
    for n in 0..100 {
        handle.emit(&talkline_gateway::engine::Frame::event("n", &n).unwrap());
    }
    let mut packets = Vec::new();
    while packets.len() < 100 {
        packets.extend(polling.packets().await);
    }
    let expected: Vec<_> = (0..100).map(|n| format!("42[\"n\",{n}]")).collect();
    assert_eq!(packets, expected);
    assert_eq!(server.engine.metrics().backlog_bytes.get(), 0);
}

#[tokio::test]
async fn the_chat_can_end_a_session() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let handle = server.handle(1).await;
    handle.close();
    assert!(!handle.is_open());
    eventually("gone", || *server.chat.disconnected.lock().unwrap() == [handle.id()]).await;
    assert_eq!(polling.poll().await.status, 400);
}
