//! Ends: the client's, the chat's and the server's.

use crate::{
    client::{Poller, Ws},
    server::{TestServer, eventually, patient},
};

#[tokio::test]
async fn the_chat_ends_a_socket_without_a_disconnect_packet() {
    let server = TestServer::start(patient()).await;
    let mut ws = Ws::join(server.addr, "ann").await;
    let handle = server.handle(1).await;
    ws.send(r#"42["close"]"#).await;
    assert!(ws.rest().await.is_empty());
    assert!(!handle.is_open());
    eventually("its end", || *server.chat.disconnected.lock().unwrap() == [handle.id()]).await;
}

#[tokio::test]
async fn a_client_ends_its_socket_in_any_way() {
    let server = TestServer::start(patient()).await;
    for (count, goodbye) in [Some("1"), Some("41"), None].into_iter().enumerate() {
        let mut ws = Ws::join(server.addr, "ann").await;
        let handle = server.handle(count + 1).await;
        match goodbye {
            Some(packet) => {
                ws.send(packet).await;
                assert!(ws.rest().await.is_empty(), "{goodbye:?}");
            }
            None => drop(ws),
        }
        eventually("its end", || {
            server.chat.disconnected.lock().unwrap().len() == count + 1
        })
        .await;
        assert_eq!(server.chat.disconnected.lock().unwrap()[count], handle.id());
    }
    eventually("no socket left", || server.engine.metrics().sockets_open.get() == 0).await;
}

#[tokio::test]
async fn a_shutdown_ends_everything_by_closing_the_transport() {
    let server = TestServer::start(patient()).await;
    let mut ws = Ws::join(server.addr, "ann").await;
    let polling = Poller::open(server.addr).await;
    polling.join("bob").await;
    let mut unconnected = Ws::open(server.addr).await;
    let chat = server.chat.clone();
    let poll = tokio::spawn(async move { polling.poll().await });
    eventually("the poll", || server.engine.metrics().connections_open.get() == 1).await;
    server.stop().await;
    assert!(ws.rest().await.is_empty(), "no disconnect packet");
    assert!(unconnected.rest().await.is_empty());
    let last = poll.await.unwrap();
    assert!(last.body == "6" || last.status == 400, "{last:?}");
    assert_eq!(chat.disconnected.lock().unwrap().len(), 2);
}
