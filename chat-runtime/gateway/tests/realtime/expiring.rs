//! What is too old, as clients see it go: those who are there, those who come back, and those who come late.

use std::time::Duration;

use serde_json::json;
use talkline_gateway::chat::Span;

use crate::gateway::{Backend, config};

#[tokio::test]
async fn who_is_there_is_told_and_who_comes_back_catches_up() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await;
    let (mut a, mut b) = (gateway.connect(&ann).await, gateway.connect(&bob).await);
    let send = |name: &str| json!({"conversationId": id, "clientMessageId": name, "text": "hello"});
    let first = a.ok("chat:send", send("1")).await["id"].clone();
    a.ok("chat:send", send("2")).await;
    b.wait_for("chat:receive", |message| message["seq"] == 2).await;
    a.ok("message:update", json!({"messageId": first, "text": "secret"}))
        .await;

    let keeping_nothing = backend.keep_messages_for(Duration::ZERO);
    for client in [&mut a, &mut b] {
        let gone = client
            .wait_for("group:update", |change| change["throughSeq"] == 2)
            .await;
        assert_eq!((&gone["kind"], &gone["changeSeq"]), (&json!("expire"), &json!(3)));
    }
    keeping_nothing.cancel();
    a.ok("chat:send", send("3")).await;
    b.wait_for("chat:receive", |message| message["seq"] == 3).await;

    let history = gateway
        .chat
        .history(&bob.identity, id, Span::Before(u64::MAX), 10)
        .await;
    let history = history.expect("history").read().expect("a page");
    assert_eq!(
        history
            .messages
            .iter()
            .map(|message| message.stored.seq)
            .collect::<Vec<_>>(),
        [3]
    );
    assert!(!history.has_more, "there is nothing to ask for");
    for (seq, change_seq) in [(0, 0), (1, 1), (2, 2)] {
        let stale = json!({"conversations": {id.to_string(): {"seq": seq, "changeSeq": change_seq}}});
        let synced = b.ok("chat:sync", stale).await;
        let caught_up = &synced["conversations"][id.to_string()];
        assert_eq!(caught_up["messages"][0]["seq"], 3);
        let last = caught_up["changes"].as_array().and_then(|changes| changes.last());
        assert_eq!(last.expect("a change")["throughSeq"], 2);
        assert!(!synced.to_string().contains("secret"), "an edit goes with its message");
        assert_eq!((&caught_up["seq"], &caught_up["changeSeq"]), (&json!(3), &json!(3)));
        assert_eq!(caught_up["hasMore"], false);
    }
}

#[tokio::test]
async fn what_is_gone_cannot_be_changed_and_a_retry_is_a_retry() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await;
    let mut a = gateway.connect(&ann).await;
    let send = |name: &str| json!({"conversationId": id, "clientMessageId": name, "text": "hello"});
    let first = a.ok("chat:send", send("1")).await["id"].clone();
    let keeping_nothing = backend.keep_messages_for(Duration::ZERO);
    a.wait_for("group:update", |change| change["kind"] == "expire").await;
    keeping_nothing.cancel();

    let edit = a
        .ask("message:update", json!({"messageId": first, "text": "late"}))
        .await;
    assert_eq!(edit["error"]["code"], "MESSAGE_NOT_FOUND");
    assert_eq!(a.ok("chat:send", send("1")).await["id"], first);
    a.ok("chat:send", send("2")).await;
    let next = a.wait_for("chat:receive", |message| message["seq"] != 1).await;
    assert_eq!((&next["seq"], &next["clientMessageId"]), (&json!(2), &json!("2")));
}
