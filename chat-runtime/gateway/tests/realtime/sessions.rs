//! When sockets begin and end: tokens, logins, drains.

use std::time::Duration;

use serde_json::json;

use crate::{
    client::Client,
    gateway::{Backend, config},
};

#[tokio::test]
async fn only_good_tokens_are_let_in() {
    let backend = Backend::start().await;
    let gateway = backend.gateway(config()).await;
    let ann = gateway.register("ann").await;
    for auth in [json!({}), json!({"token": "x"}), json!({"token": 1}), json!([])] {
        let refused = Client::try_connect(gateway.addr, auth.clone()).await.err();
        assert_eq!(refused.as_deref(), Some("UNAUTHENTICATED"), "{auth}");
    }
    gateway.clock.forward(Duration::from_secs(16 * 60));
    let old = json!({"token": ann.grant.access_token});
    let refused = Client::try_connect(gateway.addr, old).await.err();
    assert_eq!(refused.as_deref(), Some("TOKEN_EXPIRED"));
}

#[tokio::test]
async fn a_socket_ends_with_its_token_unless_it_is_renewed() {
    let backend = Backend::start().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let (mut ends, mut stays) = (gateway.connect(&ann).await, gateway.connect(&ann).await);
    gateway.clock.forward(Duration::from_secs(14 * 60));
    let newer = gateway.login(&ann).await.access_token;
    let foreign = stays.ask("auth:renew", json!({"token": bob.grant.access_token})).await;
    assert_eq!(foreign["error"]["code"], "UNAUTHENTICATED");
    let renewed = stays.ok("auth:renew", json!({"token": newer})).await;
    assert!(renewed["expiresAt"].is_string());
    gateway.clock.forward(Duration::from_secs(2 * 60));
    assert!(ends.ended().await < Duration::from_secs(1));
    stays.ok("presence:get", json!({"userIds": []})).await;
}

#[tokio::test]
async fn a_logout_ends_the_sockets_of_that_login_on_every_gateway() {
    let backend = Backend::start().await;
    let (one, two) = (backend.gateway(config()).await, backend.gateway(config()).await);
    let ann = one.register("ann").await;
    let other = one.login(&ann).await;
    let mut here = one.connect(&ann).await;
    let mut there = two.connect(&ann).await;
    let mut stays = Client::connect(two.addr, &other.access_token).await;
    one.accounts.logout(&ann.grant.refresh_token).await.expect("logged out");
    assert!(here.ended().await < Duration::from_secs(1));
    assert!(there.ended().await < Duration::from_secs(1));
    stays.ok("presence:get", json!({"userIds": []})).await;
    let auth = json!({"token": ann.grant.access_token});
    assert_eq!(
        Client::try_connect(two.addr, auth).await.err().as_deref(),
        Some("UNAUTHENTICATED")
    );
}

#[tokio::test]
async fn a_drain_asks_the_clients_to_go_then_closes() {
    let backend = Backend::start().await;
    let mut config = config();
    config.realtime.drain_grace = Duration::from_millis(600);
    let gateway = backend.gateway(config).await;
    let ann = gateway.register("ann").await;
    let (mut goes, mut stays) = (gateway.connect(&ann).await, gateway.connect(&ann).await);
    let drained = gateway.realtime.drain(&gateway.engine);
    let clients = async {
        for client in [&mut goes, &mut stays] {
            let draining = client.wait("server:draining").await;
            assert!(draining["reconnectWithinMs"].as_u64().expect("a number") <= 600);
        }
        drop(goes);
        stays.ended().await
    };
    let ((), lasted) = tokio::join!(drained, clients);
    assert!(lasted < Duration::from_secs(2));
}
