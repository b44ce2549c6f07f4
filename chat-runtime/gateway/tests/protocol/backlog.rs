//! Readers that are slow: they cost bounded memory, and learn that they have missed something.

use std::time::Duration;

use serde_json::json;
use talkline_gateway::engine::{Burst, Config, Frame, deliver, deliver_many};

use crate::{
    client::{Poller, Ws},
    server::{TestServer, eventually, patient},
};

const LIMIT: usize = 64 * 1024;

/// An event of about 10 KB.
fn large() -> Frame {
    Frame::event("large", &"x".repeat(10_000)).unwrap()
}

fn slow() -> Config {
    Config {
        max_backlog: LIMIT,
        ..patient()
    }
}

/// A client that does not read yet, whose connection takes no more and whose backlog has overflowed.
async fn overflow(server: &TestServer) -> Ws {
    let ws = narrow(server).await;
    let handle = server.handle(1).await;
    let mut sent = 0;
    while server.engine.metrics().resyncs.get() == 0 {
        handle.emit(&large());
        sent += 1;
        assert!(server.engine.metrics().backlog_bytes.get() <= LIMIT as u64);
        assert!(sent < 10_000, "the kernel takes everything");
    }
    ws
}

async fn narrow(server: &TestServer) -> Ws {
    let mut ws = Ws::narrow(server.addr, crate::client::WEBSOCKET).await;
    ws.text().await;
    ws.greet("ann").await;
    ws
}

#[tokio::test]
async fn a_slow_reader_is_told_to_resync_and_keeps_its_answers() {
    let server = TestServer::start(slow()).await;
    let mut ws = overflow(&server).await;
    let handle = server.handle(1).await;
    ws.send(r#"427["echo","kept"]"#).await;
    handle.emit(&Frame::essential("kept", &1).unwrap());
    eventually("the echo", || server.chat.handled.lock().unwrap().len() == 1).await;
    handle.emit(&large());
    let mut seen = Vec::new();
    while seen
        .last()
        .is_none_or(|last: &String| last != r#"42["chat:resync",{}]"#)
    {
        let text = ws.text().await;
        if !text.contains("xxx") {
            seen.push(text);
        }
    }
    seen.sort();
    assert_eq!(seen, [r#"42["chat:resync",{}]"#, r#"42["kept",1]"#, r#"437["kept"]"#]);
    handle.emit(&Frame::event("after", &1).unwrap());
    assert_eq!(ws.text().await, r#"42["after",1]"#);
    assert_eq!(server.engine.metrics().resyncs.get(), 1);
    assert_eq!(server.engine.metrics().backlog_bytes.get(), 0);
}

#[tokio::test]
async fn a_frame_that_is_partly_out_is_finished_whatever_its_size() {
    let server = TestServer::start(Config {
        max_backlog: 1000,
        ..patient()
    })
    .await;
    let mut ws = narrow(&server).await;
    let handle = server.handle(1).await;
    let huge = "x".repeat(20_000_000);
    handle.emit(&Frame::event("huge", &huge).unwrap());
    handle.emit(&Frame::event("dropped", &1).unwrap());
    assert_eq!(ws.text().await.len(), r#"42["huge",""]"#.len() + huge.len());
    assert_eq!(ws.text().await, r#"42["chat:resync",{}]"#);
}

#[tokio::test]
async fn who_reads_nothing_is_gone() {
    let server = TestServer::start(Config {
        stall_timeout: Duration::from_millis(200),
        ..slow()
    })
    .await;
    let _ws = overflow(&server).await;
    eventually("its end", || server.chat.disconnected.lock().unwrap().len() == 1).await;
    assert_eq!(server.engine.metrics().stalled.get(), 1);
    assert_eq!(server.engine.metrics().backlog_bytes.get(), 0);
    assert!(!server.handle(1).await.is_open());
}

#[tokio::test]
async fn who_asks_without_reading_is_gone() {
    let server = TestServer::start(slow()).await;
    let _ws = overflow(&server).await;
    let handle = server.handle(1).await;
    let answer = Frame::essential("answer", &"x".repeat(10_000)).unwrap();
    for _ in 0..=LIMIT / 10_000 {
        handle.emit(&answer);
    }
    assert!(!handle.is_open());
    eventually("its end", || server.chat.disconnected.lock().unwrap().len() == 1).await;
    assert_eq!(server.engine.metrics().backlog_bytes.get(), 0);
}

#[tokio::test]
async fn who_does_not_poll_is_told_to_resync() {
    let server = TestServer::start(slow()).await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let handle = server.handle(1).await;
    for _ in 0..100 {
        handle.emit(&large());
    }
    let mut packets = Vec::new();
    while packets
        .last()
        .is_none_or(|last: &String| !last.starts_with("42[\"chat:resync\""))
    {
        packets.extend(polling.packets().await);
    }
    assert!(packets.len() < 40, "{} packets", packets.len());
    assert_eq!(server.engine.metrics().resyncs.get(), 1);
}

#[tokio::test]
async fn a_burst_is_one_write_for_each_socket() {
    let server = TestServer::start(patient()).await;
    let mut clients = vec![Ws::join(server.addr, "ann").await, Ws::join(server.addr, "bob").await];
    let polling = Poller::open(server.addr).await;
    polling.join("cyd").await;
    server.handle(3).await;
    let handles = server.chat.connected.lock().unwrap().clone();
    let frames: Vec<_> = (0..50).map(|n| Frame::event("n", &json!({"n": n})).unwrap()).collect();
    let before = server.engine.metrics().writes.get();
    let mut burst = Burst::new();
    for frame in &frames {
        for handle in &handles {
            burst.push(handle, frame);
        }
    }
    burst.flush();
    assert_eq!(server.engine.metrics().writes.get() - before, 2);
    deliver_many(handles.iter().map(|handle| (handle, &frames[0])));
    deliver(&handles, &frames[1]);
    let expected: Vec<_> = (0..50)
        .chain([0, 1])
        .map(|n| format!("42[\"n\",{{\"n\":{n}}}]"))
        .collect();
    for client in &mut clients {
        for text in &expected {
            assert_eq!(&client.text().await, text);
        }
    }
    let mut packets = Vec::new();
    while packets.len() < expected.len() {
        packets.extend(polling.packets().await);
    }
    assert_eq!(packets, expected);
}
