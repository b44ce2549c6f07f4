//! Who is in, who is out, and what that means for what they receive.

use std::{sync::Arc, time::Duration};

use prometheus_client::{encoding::text::encode, registry::Registry};
use serde_json::json;
use talkline_core::{port::Recent, suite::memory::MemoryRecent};
use talkline_gateway::{
    chat::{MemberChanges, Memberships},
    metrics::Metrics,
};
use tokio::time::Instant;

use crate::{
    counting::Counting,
    gateway::{Backend, Gateway, Person, config},
};

async fn three(gateway: &Gateway) -> (Person, Person, Person) {
    (
        gateway.register("ann").await,
        gateway.register("bob").await,
        gateway.register("eve").await,
    )
}

#[tokio::test]
async fn who_is_removed_receives_nothing_more() {
    let backend = Backend::working().await;
    let (one, two) = (backend.gateway(config()).await, backend.gateway(config()).await);
    let (ann, bob, eve) = three(&one).await;
    let group = one.group(&ann, &[&bob, &eve]).await;
    let id = group.to_string();
    let mut a = one.connect(&ann).await;
    let (mut b, mut e) = (two.connect(&bob).await, two.connect(&eve).await);
    let send = |n: u32| json!({"conversationId": id, "clientMessageId": n.to_string(), "text": "hello"});
    a.ok("chat:send", send(1)).await;
    e.wait("chat:receive").await;

    let removal = MemberChanges {
        remove: vec![eve.id],
        ..MemberChanges::default()
    };
    one.chat
        .change_members(&ann.identity, group, removal, None)
        .await
        .expect("removed");
    assert_eq!(e.wait("conversation:removed").await["conversationId"], id);
    a.ok("chat:send", send(2)).await;
    b.wait_for("chat:receive", |message| message["seq"] == 2).await;
    assert!(e.drain("chat:receive").await.is_empty());
    assert!(e.drain("group:members").await.is_empty());

    let refused = e.ask("chat:send", send(3)).await;
    assert_eq!(refused["error"]["code"], "NOT_A_MEMBER");
    let position = json!({"conversations": {id.clone(): {"seq": 0, "changeSeq": 0}}});
    let synced = e.ok("chat:sync", position).await;
    assert_eq!(synced["conversations"], json!({}));
    assert_eq!(synced["rejected"][0]["conversationId"], id);
    assert_eq!(synced["rejected"][0]["error"]["code"], "NOT_A_MEMBER");
}

#[tokio::test]
async fn who_is_added_sees_what_comes_from_then_on() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob, eve) = three(&gateway).await;
    let group = gateway.group(&ann, &[&bob]).await;
    let id = group.to_string();
    let (mut a, mut e) = (gateway.connect(&ann).await, gateway.connect(&eve).await);
    let send = |n: u32| json!({"conversationId": id, "clientMessageId": n.to_string(), "text": "hello"});
    let before = a.ok("chat:send", send(1)).await["id"].clone();
    a.wait("chat:receive").await;

    let addition = MemberChanges {
        add: vec![eve.id],
        ..MemberChanges::default()
    };
    gateway
        .chat
        .change_members(&ann.identity, group, addition, None)
        .await
        .expect("added");
    assert_eq!(e.wait("conversation:new").await["conversation"]["lastSeq"], 1);
    let start = Instant::now();
    // A change of a message from before: it is none of hers.
    a.ok("message:react", json!({"messageId": before, "emoji": "👍"})).await;
    a.ok("chat:send", send(2)).await;
    assert_eq!(e.wait("chat:receive").await["seq"], 2);
    assert!(start.elapsed() < Duration::from_secs(1), "live, not by a comparison");
    assert!(e.drain("message:reaction").await.is_empty());

    let synced = e.ok("chat:sync", json!({})).await;
    let caught_up = &synced["conversations"][&id];
    let seqs: Vec<_> = caught_up["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|m| m["seq"].clone())
        .collect();
    assert_eq!(seqs, [2]);
    let kinds: Vec<_> = caught_up["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|c| c["kind"].clone())
        .collect();
    assert_eq!(kinds, ["members"], "the addition, and no change of what she cannot see");
    assert_eq!(caught_up["headSeq"], 2);
    assert_eq!(caught_up["hasMore"], false);
}

#[tokio::test]
async fn everybody_removed_hears_that_the_group_has_ended() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob, eve) = three(&gateway).await;
    let group = gateway.group(&ann, &[&bob, &eve]).await;
    let mut clients = [gateway.connect(&ann).await, gateway.connect(&bob).await];
    gateway
        .chat
        .dissolve(&ann.identity, group, Some("end"))
        .await
        .expect("ended");
    for client in &mut clients {
        assert_eq!(
            client.wait("conversation:removed").await["conversationId"],
            group.to_string()
        );
    }
    let again = gateway.chat.dissolve(&ann.identity, group, Some("end")).await;
    assert!(again.is_ok(), "the same request again answers the same: {again:?}");
}

#[tokio::test]
async fn a_rejected_message_is_told_then_and_later() {
    let backend = Backend::start().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob, eve) = three(&gateway).await;
    backend.work(backend.fan_out());
    let group = gateway.group(&ann, &[&bob, &eve]).await;
    let mut e = gateway.connect(&eve).await;
    // A reply to nothing is accepted, and rejected when its turn comes.
    let nothing = talkline_core::id::MessageId::new(group, ann.id, "never sent").to_string();
    let send = json!({"conversationId": group.to_string(), "clientMessageId": "1", "text": "yes", "replyTo": nothing});
    e.ok("chat:send", send).await;
    let rejected = e.wait("chat:rejected").await;
    assert_eq!(
        (&rejected["clientMessageId"], &rejected["error"]["code"]),
        (&json!("1"), &json!("MESSAGE_NOT_FOUND"))
    );
    let synced = e.ok("chat:sync", json!({})).await;
    assert_eq!(synced["rejected"][0]["clientMessageId"], "1");
    assert_eq!(synced["rejected"][0]["error"]["code"], "MESSAGE_NOT_FOUND");
}

#[tokio::test]
async fn what_is_said_the_moment_a_conversation_begins_is_received_live() {
    let backend = Backend::working().await;
    let mut config = config();
    config.realtime.heads_interval = Duration::from_secs(3_600);
    let (one, two) = (backend.gateway(config.clone()).await, backend.gateway(config).await);
    let (ann, bob, eve) = three(&one).await;
    let (mut a, mut b) = (one.connect(&ann).await, two.connect(&bob).await);
    for round in 0..20 {
        let group = one.group(&ann, &[&bob, &eve]).await.to_string();
        for seq in 1..=3 {
            let send = json!({"conversationId": group, "clientMessageId": format!("{round}-{seq}"), "text": "hello"});
            a.ok("chat:send", send).await;
        }
        for client in [&mut a, &mut b] {
            for seq in 1..=3 {
                let here = |message: &serde_json::Value| message["conversationId"] == group;
                assert_eq!(client.wait_for("chat:receive", here).await["seq"], seq);
            }
        }
    }
    assert!(
        a.drain("chat:receive").await.is_empty() && b.drain("chat:receive").await.is_empty(),
        "each once"
    );
}

#[tokio::test]
async fn what_one_gateway_has_read_others_need_not_until_it_changes() {
    let (backend, shared) = (Backend::start().await, Arc::new(MemoryRecent::default()));
    let shared: Arc<dyn Recent> = shared;
    backend.work_with(backend.fan_out(), shared.clone());
    let gateway = backend.gateway(config()).await;
    let (ann, bob, eve) = three(&gateway).await;
    let group = gateway.group(&ann, &[&bob]).await;
    let store = Counting::new(backend.store());
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let one_more = || Memberships::new(store.clone(), shared.clone(), 1_000, metrics.memberships.clone());
    let (first, second) = (one_more(), one_more());

    let known = first.get(group).await.expect("read").expect("a group");
    assert_eq!(second.get(group).await.expect("read"), Some(known.clone()));
    assert_eq!(store.take(), 1, "the second asked the store, too");
    let addition = MemberChanges {
        add: vec![eve.id],
        ..MemberChanges::default()
    };
    let added = gateway.chat.change_members(&ann.identity, group, addition, None);
    added.await.expect("added");
    assert_eq!(
        one_more().get(group).await.expect("read").map(|it| it.members.len()),
        Some(3)
    );
    assert_eq!(store.take(), 1, "it has changed");

    let changed = gateway
        .chat
        .memberships()
        .load(group)
        .await
        .expect("read")
        .expect("a group")
        .changed;
    for remembers_less in [&first, &second] {
        let found = remembers_less.at_least(group, changed).await.expect("found");
        assert!(found.changed == changed && found.members.contains_key(&eve.id));
    }
    assert_eq!(store.take(), 0, "what a third has read is enough");

    first.get(group).await.expect("remembered");
    let mut counted = String::new();
    encode(&mut counted, &registry).expect("text");
    for (source, count) in [("memory", 1), ("shared", 3), ("store", 2)] {
        let line = format!("talkline_gateway_memberships_total{{source=\"{source}\"}} {count}\n");
        assert!(counted.contains(&line), "no {line} in {counted}");
    }
}
