//! Events and acknowledgements, and what is none of them.

use talkline_gateway::engine::Config;

use crate::{
    client::{Poller, Ws},
    server::{TestServer, eventually, patient},
};

#[tokio::test]
async fn an_event_is_acknowledged_if_the_client_asks() {
    let server = TestServer::start(patient()).await;
    let mut ws = Ws::join(server.addr, "ann").await;
    for (packet, answer) in [
        (
            r#"421["echo",{"text":"hällo","n":[1,2.5,null]}]"#,
            r#"431[{"text":"hällo","n":[1,2.5,null]}]"#,
        ),
        (r#"42456["echo","second",{"ignored":true}]"#, r#"43456["second"]"#),
        (r#"420["echo"]"#, "430[null]"),
        (r#"42["back",[true]]"#, r#"42["back",[true]]"#),
    ] {
        ws.send(packet).await;
        assert_eq!(ws.text().await, answer, "{packet}");
    }
    ws.send(r#"42["echo",1]"#).await;
    ws.send(r#"429["unknown",1]"#).await;
    ws.send(r#"422["echo",2]"#).await;
    assert_eq!(ws.text().await, "432[2]", "nothing answers the two before");
}

#[tokio::test]
async fn polling_has_the_same_events() {
    let server = TestServer::start(patient()).await;
    let polling = Poller::open(server.addr).await;
    polling.join("ann").await;
    let posted = polling
        .post("421[\"echo\",{\"n\":1}]\x1e42[\"back\",\"x\"]\x1e422[\"echo\",[\"y\"]]")
        .await;
    assert_eq!((posted.status, posted.body.as_str()), (200, "ok"));
    let mut packets = Vec::new();
    while packets.len() < 3 {
        packets.extend(polling.packets().await);
    }
    assert_eq!(packets, [r#"431[{"n":1}]"#, r#"42["back","x"]"#, r#"432[["y"]]"#]);
}

#[tokio::test]
async fn events_of_a_socket_are_handled_in_order_and_do_not_hold_up_others() {
    let server = TestServer::start(patient()).await;
    let mut ann = Ws::join(server.addr, "ann").await;
    let mut bob = Ws::join(server.addr, "bob").await;
    ann.send(r#"42["hold"]"#).await;
    for id in 0..20 {
        ann.send(&format!("42{id}[\"echo\",{id}]")).await;
    }
    eventually("ann waits", || server.chat.handled.lock().unwrap().len() == 1).await;
    bob.send(r#"421["echo",1]"#).await;
    assert_eq!(bob.text().await, "431[1]");
    bob.send(r#"42["release"]"#).await;
    for id in 0..20 {
        assert_eq!(ann.text().await, format!("43{id}[{id}]"));
    }
}

#[tokio::test]
async fn a_client_that_is_too_fast_is_read_more_slowly() {
    let server = TestServer::start(Config {
        max_pending_events: 4,
        ..patient()
    })
    .await;
    let mut ann = Ws::join(server.addr, "ann").await;
    let mut bob = Ws::join(server.addr, "bob").await;
    ann.send(r#"42["hold"]"#).await;
    // Larger than what the server reads at once, so that it notices in between.
    let filler = "x".repeat(600);
    for id in 0..200 {
        ann.send(&format!("42{id}[\"echo\",\"{filler}\"]")).await;
    }
    bob.send(r#"42["release"]"#).await;
    for id in 0..200 {
        assert!(ann.text().await.starts_with(&format!("43{id}[")));
    }
}

#[tokio::test]
async fn what_is_no_packet_of_the_chat_ends_the_socket() {
    let server = TestServer::start(patient()).await;
    for packet in [
        "4abc",
        "42{}",
        r#"42abc["echo",1]"#,
        "42[]",
        "42[1]",
        r#"42["echo",}"#,
        r#"451-["echo",{"_placeholder":true,"num":0}]"#,
        "44{}",
        "abc",
        "7",
        "",
    ] {
        let mut ws = Ws::join(server.addr, "ann").await;
        ws.send(packet).await;
        assert!(ws.rest().await.iter().all(|last| last == "1"), "{packet}");
    }
    let mut ws = Ws::join(server.addr, "ann").await;
    ws.send_binary(b"abc").await;
    assert!(ws.rest().await.iter().all(|last| last == "1"), "binary");
    assert!(server.chat.handled.lock().unwrap().is_empty());
    let connected = server.chat.connected.lock().unwrap().len();
    eventually("all gone", || {
        server.chat.disconnected.lock().unwrap().len() == connected
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_ends_the_socket() {
    let server = TestServer::start(Config {
        max_payload: 1000,
        ..patient()
    })
    .await;
    let mut ws = Ws::join(server.addr, "ann").await;
    let fits = "x".repeat(980);
    ws.send(&format!("421[\"echo\",\"{fits}\"]")).await;
    assert_eq!(ws.text().await, format!("431[\"{fits}\"]"));
    ws.send(&format!("422[\"echo\",\"{}\"]", "x".repeat(1000))).await;
    assert!(ws.rest().await.is_empty());
    let polling = Poller::open(server.addr).await;
    polling.join("bob").await;
    assert_eq!(
        polling
            .post(&format!("42[\"echo\",\"{}\"]", "x".repeat(1000)))
            .await
            .status,
        413
    );
    eventually("both gone", || server.chat.disconnected.lock().unwrap().len() == 2).await;
    assert!(server.chat.handled.lock().unwrap().len() == 1);
}

#[tokio::test]
async fn a_panic_ends_one_socket() {
    let server = TestServer::start(patient()).await;
    let mut ann = Ws::join(server.addr, "ann").await;
    let mut bob = Ws::join(server.addr, "bob").await;
    ann.send(r#"421["panic"]"#).await;
    assert!(ann.rest().await.is_empty());
    bob.send(r#"421["echo",1]"#).await;
    assert_eq!(bob.text().await, "431[1]");
    assert_eq!(server.engine.metrics().panics.get(), 1);
}
