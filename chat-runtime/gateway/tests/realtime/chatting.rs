//! Two people chat.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::{Value, json};

use crate::{
    counting::Counting,
    gateway::{Backend, config},
};

#[tokio::test]
async fn a_message_reaches_everybody_its_sender_too() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let (mut a, mut b) = (gateway.connect(&ann).await, gateway.connect(&bob).await);
    let id = gateway.direct(&ann, &bob).await.to_string();
    for client in [&mut a, &mut b] {
        let new = client.wait("conversation:new").await;
        assert_eq!(new["conversation"]["id"], id);
        assert_eq!(new["conversation"]["type"], "direct");
    }
    let send = json!({"conversationId": id, "clientMessageId": "1", "text": "hello"});
    let accepted = a.ok("chat:send", send).await;
    assert_eq!(accepted["clientMessageId"], "1");
    for client in [&mut a, &mut b] {
        let received = client.wait("chat:receive").await;
        assert_eq!(received["id"], accepted["id"]);
        assert_eq!(received["seq"], 1);
        assert_eq!(received["senderId"], ann.id.to_string());
        assert_eq!(received["text"], "hello");
        assert_eq!(received["type"], "text");
        assert_eq!(received["conversationId"], id);
    }
}

#[tokio::test]
async fn a_retry_has_the_same_id_and_is_no_second_message() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await.to_string();
    let mut a = gateway.connect(&ann).await;
    let send = |name: &str| json!({"conversationId": id, "clientMessageId": name, "text": "hello"});
    let first = a.ok("chat:send", send("1")).await;
    assert_eq!(a.ok("chat:send", send("1")).await, first);
    a.ok("chat:send", send("2")).await;
    a.wait_for("chat:receive", |message| message["clientMessageId"] == "1")
        .await;
    let second = a
        .wait_for("chat:receive", |message| message["clientMessageId"] == "2")
        .await;
    assert_eq!(second["seq"], 2, "the retry took a number");
    assert!(a.drain("chat:receive").await.is_empty());
}

#[tokio::test]
async fn everybody_sees_one_order_across_gateways() {
    let backend = Backend::working().await;
    let (one, two) = (backend.gateway(config()).await, backend.gateway(config()).await);
    let (ann, bob) = (one.register("ann").await, one.register("bob").await);
    let id = one.direct(&ann, &bob).await.to_string();
    let (mut a, mut b) = (one.connect(&ann).await, two.connect(&bob).await);
    let mut asked = Vec::new();
    for round in 0..50 {
        for (client, name) in [(&mut a, "ann"), (&mut b, "bob")] {
            let send = json!({"conversationId": id, "clientMessageId": format!("{name}{round}"), "text": "x"});
            asked.push(client.begin("chat:send", send).await);
        }
    }
    let mut orders = Vec::new();
    for client in [&mut a, &mut b] {
        let mut order = Vec::new();
        for seq in 1..=100 {
            let message = client.wait("chat:receive").await;
            assert_eq!(message["seq"], seq);
            order.push(message["clientMessageId"].clone());
        }
        orders.push(order);
    }
    assert_eq!(orders[0], orders[1]);
}

#[tokio::test]
async fn a_message_is_edited_reacted_to_and_deleted() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await.to_string();
    let (mut a, mut b) = (gateway.connect(&ann).await, gateway.connect(&bob).await);
    let send = json!({"conversationId": id, "clientMessageId": "1", "text": "helo"});
    // The edit comes right after the acknowledgement, before anything is stored.
    let message = a.ok("chat:send", send).await["id"].clone();
    let edit = json!({"messageId": message, "text": "hello", "requestId": "e"});
    let edited = a.ok("message:update", edit.clone()).await;
    assert_eq!(
        a.ok("message:update", edit).await,
        edited,
        "the same request again answers the same"
    );
    let update = b.wait("message:update").await;
    assert_eq!((&update["messageId"], &update["text"]), (&message, &json!("hello")));
    assert_eq!(update["changeSeq"], edited["changeSeq"]);

    b.ok("message:react", json!({"messageId": message, "emoji": "👍"}))
        .await;
    let reaction = a.wait("message:reaction").await;
    assert_eq!(
        (&reaction["emoji"], &reaction["removed"]),
        (&json!("👍"), &json!(false))
    );
    assert_eq!(reaction["userId"], bob.id.to_string());

    let refused = b.ask("message:delete", json!({"messageId": message})).await;
    assert_eq!(refused["error"]["code"], "NOT_ALLOWED");
    a.ok("message:delete", json!({"messageId": message})).await;
    assert_eq!(b.wait("message:delete").await["messageId"], message);
    let gone = a
        .ask("message:update", json!({"messageId": message, "text": "x"}))
        .await;
    assert_eq!(gone["error"]["code"], "MESSAGE_DELETED");
}

#[tokio::test]
async fn a_forward_repeats_what_its_sender_can_see() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob, eve) = (
        gateway.register("ann").await,
        gateway.register("bob").await,
        gateway.register("eve").await,
    );
    let secret = gateway.direct(&ann, &bob).await.to_string();
    let (mut a, mut e) = (gateway.connect(&ann).await, gateway.connect(&eve).await);
    let send = json!({"conversationId": secret, "clientMessageId": "1", "text": "between us"});
    let original = a.ok("chat:send", send).await["id"].clone();
    a.wait("chat:receive").await;
    let open = gateway.direct(&ann, &eve).await.to_string();
    let forward = json!({"conversationId": open, "clientMessageId": "2", "forwardOf": original});
    let stolen = e.ask("chat:send", forward.clone()).await;
    assert_eq!(stolen["error"]["code"], "MESSAGE_NOT_FOUND");
    a.ok("chat:send", forward).await;
    let forwarded = e.wait("chat:receive").await;
    assert_eq!(forwarded["text"], "between us");
    assert_eq!(forwarded["forwardOf"], original);
}

#[tokio::test]
async fn a_receipt_of_what_was_delivered_costs_the_store_no_question() {
    let backend = Backend::working().await;
    let store = Counting::new(backend.store());
    let of_gateway = store.clone();
    let mut quiet = config();
    quiet.realtime.heads_interval = Duration::from_secs(3_600);
    let gateway = backend.gateway_with(quiet, |ports| ports.store = of_gateway).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await.to_string();
    let (mut a, mut b) = (gateway.connect(&ann).await, gateway.connect(&bob).await);
    let send = json!({"conversationId": id, "clientMessageId": "1", "text": "hello"});
    a.ok("chat:send", send).await;
    b.wait("chat:receive").await;
    store.heads.store(0, Ordering::SeqCst);
    b.ok("chat:seen", json!({"conversationId": id, "seq": 1})).await;
    assert_eq!(store.heads.load(Ordering::SeqCst), 0, "it was delivered here");
    b.ok("chat:delivered", json!({"conversationId": id, "seq": 9})).await;
    assert_eq!(store.heads.load(Ordering::SeqCst), 1, "nobody here knows of a ninth");
}

#[tokio::test]
async fn receipts_typing_and_looking_are_told_to_the_others() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await.to_string();
    let (mut a, mut b) = (gateway.connect(&ann).await, gateway.connect(&bob).await);
    let here = json!({"conversationId": id});
    let send = json!({"conversationId": id, "clientMessageId": "1", "text": "hello"});
    a.ok("chat:send", send).await;
    b.wait("chat:receive").await;

    // More than there is counts as all there is.
    b.ok("chat:delivered", json!({"conversationId": id, "seq": 9})).await;
    let delivered = a.wait("chat:delivered:ack").await;
    assert_eq!(
        (&delivered["seq"], &delivered["userId"]),
        (&json!(1), &json!(bob.id.to_string()))
    );
    b.ok("chat:seen", json!({"conversationId": id, "seq": 1})).await;
    assert_eq!(a.wait("chat:seen:ack").await["seq"], 1);
    b.ok("chat:seen", json!({"conversationId": id, "seq": 0})).await;
    assert!(a.drain("chat:seen:ack").await.is_empty(), "a mark only grows");

    b.emit("chat:typing:start", here.clone()).await;
    b.emit("chat:typing:start", here.clone()).await;
    assert_eq!(a.wait("chat:typing:update").await["typing"], true);
    b.emit("chat:typing:stop", here.clone()).await;
    assert_eq!(
        a.wait("chat:typing:update").await["typing"],
        false,
        "told once that it began"
    );
    assert!(
        b.drain("chat:typing:update").await.is_empty(),
        "one knows that one types"
    );

    let heads = b.ok("chat:join", here.clone()).await;
    assert_eq!((&heads["seq"], &heads["changeSeq"]), (&json!(1), &json!(1)));
    assert_eq!(a.wait("chat:user:joined").await["userId"], bob.id.to_string());
    drop(b);
    assert_eq!(a.wait("chat:user:left").await["userId"], bob.id.to_string());
}

#[tokio::test]
async fn who_stops_typing_without_a_word_stops_all_the_same() {
    let backend = Backend::working().await;
    let mut config = config();
    config.realtime.typing_expiry = std::time::Duration::from_millis(300);
    let gateway = backend.gateway(config).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await.to_string();
    let (mut a, mut b) = (gateway.connect(&ann).await, gateway.connect(&bob).await);
    b.emit("chat:typing:start", json!({"conversationId": id})).await;
    assert_eq!(a.wait("chat:typing:update").await["typing"], true);
    drop(b);
    assert_eq!(a.wait("chat:typing:update").await["typing"], false);
}

#[tokio::test]
async fn presence_is_for_those_with_a_conversation_in_common() {
    let backend = Backend::working().await;
    let (one, two) = (backend.gateway(config()).await, backend.gateway(config()).await);
    let (ann, bob, eve) = (
        one.register("ann").await,
        one.register("bob").await,
        one.register("eve").await,
    );
    one.direct(&ann, &bob).await;
    let (mut a, mut e) = (one.connect(&ann).await, one.connect(&eve).await);
    let about = json!({"userIds": [bob.id.to_string()]});
    let of = |answer: &Value| answer["users"][bob.id.to_string()]["status"].clone();
    assert_eq!(of(&a.ok("presence:get", about.clone()).await), "offline");
    let mut b = two.connect(&bob).await;
    let update = a.wait("presence:update").await;
    assert_eq!(
        (&update["userId"], &update["status"]),
        (&json!(bob.id.to_string()), &json!("online"))
    );
    b.ok("presence:set", json!({"status": "away"})).await;
    assert_eq!(a.wait("presence:update").await["status"], "away");
    assert_eq!(of(&a.ok("presence:get", about.clone()).await), "away");
    drop(b);
    assert_eq!(a.wait("presence:update").await["status"], "offline");
    assert_eq!(e.ok("presence:get", about).await["users"], json!({}));
    assert!(e.drain("presence:update").await.is_empty());
}
