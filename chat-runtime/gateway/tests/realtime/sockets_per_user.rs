//! How many sockets a user may have, on all gateways together.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use talkline_core::{
    event::Channel,
    id::UserId,
    port::{Presence, PresenceStatus},
    time::Timestamp,
};
use talkline_embedded::Options;
use talkline_gateway::{
    clock::{Clock, SystemClock},
    config::Config,
};
use tokio::sync::Semaphore;

use crate::{
    client::{Client, DEADLINE},
    gateway::{Backend, Gateway, Person, config},
    observed::{HeldUp, Noted},
    poller::Poller,
};

const TOO_MANY: &str = "TOO_MANY_SOCKETS";

fn limited(most: u32) -> Config {
    let mut config = config();
    config.limits.sockets_per_user = most;
    config
}

/// Why one more socket is refused; none if it was let in, and is gone again.
async fn refusal(gateway: &Gateway, person: &Person) -> Option<String> {
    let auth = json!({"token": person.grant.access_token});
    Client::try_connect(gateway.addr, auth).await.err()
}

/// Waits for a condition.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.expect("it holds in time");
}

async fn status(presence: &dyn Presence, user: UserId) -> PresenceStatus {
    presence.get(&[user]).await.unwrap()[0].status
}

/// A socket of somebody on a gateway that is not of this test.
async fn elsewhere(presence: &dyn Presence, user: UserId) {
    presence
        .connected("elsewhere", user, "1", 0, SystemClock.now())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_user_has_so_many_on_all_gateways_and_no_more() {
    let backend = Backend::start().await;
    let (one, two) = (backend.gateway(limited(2)).await, backend.gateway(limited(2)).await);
    let (ann, bob) = (one.register("ann").await, one.register("bob").await);
    let mut stays = one.connect(&ann).await;
    let leaves = two.connect(&ann).await;
    for gateway in [&one, &two] {
        assert_eq!(refusal(gateway, &ann).await.as_deref(), Some(TOO_MANY));
    }
    assert_eq!(refusal(&one, &bob).await, None, "of others nobody is concerned");
    drop(leaves);
    until(async || refusal(&one, &ann).await.is_none()).await;
    stays.ok("presence:get", json!({"userIds": []})).await;
}

#[tokio::test]
async fn a_renewed_socket_counts_once() {
    let backend = Backend::start().await;
    let gateway = backend.gateway(limited(2)).await;
    let ann = gateway.register("ann").await;
    let mut client = gateway.connect(&ann).await;
    for _ in 0..3 {
        let newer = gateway.login(&ann).await.access_token;
        client.ok("auth:renew", json!({"token": newer})).await;
    }
    let _second = gateway.connect(&ann).await;
    assert_eq!(refusal(&gateway, &ann).await.as_deref(), Some(TOO_MANY));
}

#[tokio::test]
async fn both_transports_count_and_are_refused() {
    let backend = Backend::start().await;
    let gateway = backend.gateway(limited(2)).await;
    let ann = gateway.register("ann").await;
    let token = &ann.grant.access_token;
    let _websocket = gateway.connect(&ann).await;
    let polling = Poller::connect(gateway.addr, token).await.expect("let in");
    assert_eq!(refusal(&gateway, &ann).await.as_deref(), Some(TOO_MANY));
    let refused = Poller::connect(gateway.addr, token).await.err();
    assert_eq!(refused.as_deref(), Some(TOO_MANY));
    polling.leave().await;
    until(async || Poller::connect(gateway.addr, token).await.is_ok()).await;
}

#[tokio::test]
async fn a_refused_socket_leaves_nothing() {
    let backend = Backend::start().await;
    let subscribed = Arc::default();
    let (fan_out, presence) = (backend.fan_out(), backend.presence());
    let noted = Noted {
        inner: fan_out,
        subscribed: Arc::clone(&subscribed),
    };
    let gateway = backend.gateway_on(limited(1), Arc::new(noted)).await;
    let ann = gateway.register("ann").await;
    elsewhere(&*presence, ann.id).await;
    assert_eq!(refusal(&gateway, &ann).await.as_deref(), Some(TOO_MANY));
    until(async || gateway.engine.metrics().sockets_open.get() == 0).await;
    assert!(!subscribed.lock().unwrap().contains(&Channel::User(ann.id)));
    let gone = presence.disconnected("elsewhere", ann.id, "1", SystemClock.now()).await;
    assert!(gone.unwrap().is_some(), "it was the only one that counted");
}

#[tokio::test]
async fn who_leaves_while_being_let_in_does_not_count() {
    let backend = Backend::start().await;
    let (presence, answers) = (backend.presence(), Arc::new(Semaphore::new(0)));
    let held_up = HeldUp {
        inner: presence.clone(),
        answers: answers.clone(),
    };
    let gateway = backend
        .gateway_with(limited(1), |ports| ports.presence = Arc::new(held_up))
        .await;
    let ann = gateway.register("ann").await;
    {
        let auth = json!({"token": ann.grant.access_token});
        let connecting = Client::try_connect(gateway.addr, auth);
        let counted = until(async || status(&*presence, ann.id).await == PresenceStatus::Online);
        tokio::select! {
            _ = connecting => unreachable!("nobody has let it in"),
            () = counted => {}
        }
    }
    answers.add_permits(Semaphore::MAX_PERMITS);
    until(async || status(&*presence, ann.id).await == PresenceStatus::Offline).await;
    assert_eq!(refusal(&gateway, &ann).await, None);
}

#[tokio::test]
async fn a_crashed_gateways_sockets_count_until_its_heartbeats_are_missed() {
    let backend = Backend::start().await;
    let presence = backend.presence();
    let gateway = backend.gateway(limited(1)).await;
    let ann = gateway.register("ann").await;
    elsewhere(&*presence, ann.id).await;
    assert_eq!(refusal(&gateway, &ann).await.as_deref(), Some(TOO_MANY));
    let expiry = Options::default().presence_expiry + Duration::from_secs(1);
    let later = Timestamp::from_millis(SystemClock.now().as_millis() + expiry.as_millis() as i64);
    presence.heartbeat(gateway.chat.gateway(), later).await.unwrap();
    assert_eq!(refusal(&gateway, &ann).await, None);
}

#[tokio::test]
async fn without_the_presence_everybody_is_let_in() {
    let backend = Backend::start().await;
    let answers = Arc::new(Semaphore::new(0));
    answers.close();
    let held_up = HeldUp {
        inner: backend.presence(),
        answers,
    };
    let gateway = backend
        .gateway_with(limited(1), |ports| ports.presence = Arc::new(held_up))
        .await;
    let ann = gateway.register("ann").await;
    let _first = gateway.connect(&ann).await;
    assert_eq!(refusal(&gateway, &ann).await, None);
}
