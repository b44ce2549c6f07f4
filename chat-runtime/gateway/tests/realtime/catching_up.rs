//! `chat:sync`: from a stale state to the current one, in bounded steps.

use serde_json::{Value, json};

use crate::{
    client::Client,
    gateway::{Backend, Gateway, Person, config},
};

/// Ann has sent `count` messages to Bob; answers the conversation.
async fn filled(gateway: &Gateway, ann: &Person, bob: &Person, count: usize) -> String {
    let id = gateway.direct(ann, bob).await.to_string();
    let mut a = gateway.connect(ann).await;
    for n in 1..=count {
        let send = json!({"conversationId": id, "clientMessageId": n.to_string(), "text": "hello"});
        a.ok("chat:send", send).await;
    }
    a.wait_for("chat:receive", |message| message["seq"] == count).await;
    id
}

/// Asks until nothing is left, and answers the messages' and changes' numbers.
async fn catch_up(client: &mut Client, id: &str, seq: u64, change_seq: u64) -> (Vec<u64>, Vec<u64>, usize) {
    let numbers = |entries: &Value, name: &str| -> Vec<u64> {
        let entries = entries.as_array().expect("a list");
        entries
            .iter()
            .map(|entry| entry[name].as_u64().expect("a number"))
            .collect()
    };
    let (mut at, mut messages, mut changes, mut steps) = ((json!(seq), json!(change_seq)), vec![], vec![], 0);
    loop {
        let position = json!({"seq": at.0, "changeSeq": at.1});
        let answer = client.ok("chat:sync", json!({"conversations": {id: position}})).await;
        let caught_up = &answer["conversations"][id];
        messages.extend(numbers(&caught_up["messages"], "seq"));
        changes.extend(numbers(&caught_up["changes"], "changeSeq"));
        steps += 1;
        if caught_up["hasMore"] == false {
            assert_eq!(caught_up["seq"], caught_up["headSeq"]);
            assert_eq!(caught_up["changeSeq"], caught_up["headChangeSeq"]);
            return (messages, changes, steps);
        }
        at = (caught_up["seq"].clone(), caught_up["changeSeq"].clone());
    }
}

#[tokio::test]
async fn in_pages_until_nothing_is_left() {
    let backend = Backend::working().await;
    let mut config = config();
    config.realtime.sync_page = 5;
    let gateway = backend.gateway(config).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = filled(&gateway, &ann, &bob, 12).await;
    let mut b = gateway.connect(&bob).await;
    let (messages, changes, steps) = catch_up(&mut b, &id, 0, 0).await;
    assert_eq!(messages, (1..=12).collect::<Vec<_>>());
    assert_eq!(changes, [1], "the beginning");
    assert_eq!(steps, 3);
    let (messages, changes, steps) = catch_up(&mut b, &id, 11, 1).await;
    assert_eq!((messages, changes, steps), (vec![12], vec![], 1));
}

#[tokio::test]
async fn what_was_changed_meanwhile_comes_along() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = filled(&gateway, &ann, &bob, 2).await;
    let mut a = gateway.connect(&ann).await;
    let synced = a.ok("chat:sync", json!({})).await;
    let message = synced["conversations"][&id]["messages"][0]["id"].clone();
    a.ok("message:update", json!({"messageId": message, "text": "better"}))
        .await;
    a.ok("chat:seen", json!({"conversationId": id, "seq": 2})).await;

    let mut b = gateway.connect(&bob).await;
    let stale = json!({"conversations": {id.clone(): {"seq": 2, "changeSeq": 1}}});
    let synced = b.ok("chat:sync", stale).await;
    let caught_up = &synced["conversations"][&id];
    assert_eq!(caught_up["messages"], json!([]));
    let change = &caught_up["changes"][0];
    assert_eq!((&change["kind"], &change["text"]), (&json!("edit"), &json!("better")));
    let marks = caught_up["marks"].as_array().expect("marks");
    let mark = marks.iter().find(|mark| mark["userId"] == ann.id.to_string());
    assert_eq!(mark.expect("ann's")["readSeq"], 2);

    let fresh = b.ok("chat:sync", json!({})).await;
    let first = &fresh["conversations"][&id]["messages"][0];
    assert_eq!(
        (&first["text"], &first["changeSeq"]),
        (&json!("better"), &change["changeSeq"])
    );
}

#[tokio::test]
async fn what_is_not_ones_own_is_refused_like_what_is_not() {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob, eve) = (
        gateway.register("ann").await,
        gateway.register("bob").await,
        gateway.register("eve").await,
    );
    let foreign = filled(&gateway, &ann, &bob, 1).await;
    let unknown = gateway.group(&ann, &[]).await.to_string();
    let mut e = gateway.connect(&eve).await;
    let at = json!({"seq": 0, "changeSeq": 0});
    let question = json!({"conversations": {foreign.clone(): at, unknown.clone(): at, "no id": at}});
    let synced = e.ok("requestMissingMessages", question).await;
    assert_eq!(synced["conversations"], json!({}));
    let rejected = synced["rejected"].as_array().expect("a list");
    assert_eq!(rejected.len(), 3);
    for entry in rejected {
        assert_eq!(entry["error"]["code"], "NOT_A_MEMBER");
        assert!(entry.get("clientMessageId").is_none());
    }
}

#[tokio::test]
async fn more_conversations_than_one_answer_goes_into_come_with_their_heads() {
    let backend = Backend::working().await;
    let mut config = config();
    config.realtime.sync_conversations = 2;
    let gateway = backend.gateway(config).await;
    let ann = gateway.register("ann").await;
    for _ in 0..5 {
        gateway.group(&ann, &[]).await;
    }
    let mut a = gateway.connect(&ann).await;
    let synced = a.ok("chat:sync", json!({})).await;
    let conversations = synced["conversations"].as_object().expect("a map");
    assert_eq!(conversations.len(), 5);
    let left: Vec<_> = conversations
        .iter()
        .filter(|(_, caught_up)| caught_up["hasMore"] == true)
        .collect();
    assert_eq!(left.len(), 3);
    for (id, caught_up) in left {
        assert_eq!(caught_up["headChangeSeq"], 1);
        let (messages, changes, _) = catch_up(&mut a, id, 0, 0).await;
        assert_eq!((messages, changes), (vec![], vec![1]));
    }
}
