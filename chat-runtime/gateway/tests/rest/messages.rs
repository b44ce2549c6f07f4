//! Sending, reading and changing messages.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Answer, Stage, User};

/// Ann and Bob, and their direct conversation.
async fn two(stage: &Stage) -> (User, User, String) {
    let (ann, bob) = (stage.register("Ann").await, stage.register("Bob").await);
    let id = stage.direct(&ann, &bob).await;
    (ann, bob, id)
}

fn texts(answer: &Answer) -> Vec<&str> {
    let messages = answer.body["messages"].as_array().unwrap().iter();
    messages.map(|message| message["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_message_is_stored_once_however_often_it_is_sent() {
    let stage = Stage::open().await;
    let (ann, bob, id) = two(&stage).await;
    let body = json!({"conversationId": id, "clientMessageId": "c1", "text": "hello"});
    let first = stage.post("/chat/send", &ann, body.clone()).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    assert_eq!(first.body["clientMessageId"], "c1");
    let again = stage.post("/chat/send", &ann, body).await;
    assert_eq!(first.body, again.body);
    stage.say(&ann, &id, "last").await;

    let history = stage.get(&format!("/messages/conversation/{id}"), &bob).await;
    assert_eq!(texts(&history), ["hello", "last"]);
    let message = &history.body["messages"][0];
    assert_eq!(message["id"], first.body["id"]);
    assert_eq!(message["senderId"], ann.id.as_str());
    assert_eq!(
        (message["seq"].as_u64(), message["changeSeq"].as_u64()),
        (Some(1), Some(0))
    );
    assert_eq!((&message["type"], &message["reactions"]), (&json!("text"), &json!({})));
    assert_eq!(history.body["hasMore"], false);
    stage.close().await;
}

#[tokio::test]
async fn history_comes_in_pages_both_ways() {
    let stage = Stage::open().await;
    let (ann, bob, id) = two(&stage).await;
    let mut ids = Vec::new();
    for text in ["1", "2", "3", "4", "5"] {
        ids.push(stage.say(&ann, &id, text).await);
    }
    let read = async |query: &str| {
        let answer = stage.get(&format!("/messages/conversation/{id}{query}"), &bob).await;
        let texts = texts(&answer).join("");
        (texts, answer.body["hasMore"].as_bool().unwrap())
    };
    assert_eq!(read("?limit=2").await, ("45".into(), true));
    assert_eq!(read("?beforeSeq=4&limit=2").await, ("23".into(), true));
    assert_eq!(read("?beforeSeq=2&limit=2").await, ("1".into(), false));
    assert_eq!(read("?afterSeq=1&limit=2").await, ("23".into(), true));
    assert_eq!(read("?afterSeq=3&limit=2").await, ("45".into(), false));
    let other_name = stage.get(&format!("/chat/history/{id}?limit=2"), &bob).await;
    assert_eq!(texts(&other_name), ["4", "5"]);
    let since = stage.get(&format!("/messages/since/{}", ids[2]), &bob).await;
    assert_eq!(texts(&since), ["4", "5"]);
    stage.close().await;
}

#[tokio::test]
async fn messages_are_edited_reacted_to_and_deleted() {
    let stage = Stage::open().await;
    let (ann, bob, id) = two(&stage).await;
    let message = stage.say(&ann, &id, "helo").await;
    let path = format!("/messages/{message}");
    let change = async |method: Method, user: &User, path: &str, body: Option<Value>| {
        stage.call(method, path, Some(&user.token), body).await
    };
    let text = |text: &str| Some(json!({"text": text}));
    assert_eq!(
        change(Method::PATCH, &ann, &path, text("hell")).await.body,
        json!({"changeSeq": 2})
    );
    assert_eq!(
        change(Method::PUT, &ann, &path, text("hello")).await.body,
        json!({"changeSeq": 3})
    );
    assert_eq!(
        change(Method::PATCH, &bob, &path, text("no")).await.code(),
        "NOT_ALLOWED"
    );
    let heart = format!("{path}/reactions/%E2%9D%A4%EF%B8%8F");
    assert_eq!(
        change(Method::PUT, &bob, &heart, None).await.body,
        json!({"changeSeq": 4})
    );

    let seen = stage.get(&path, &bob).await.body;
    assert_eq!((&seen["text"], &seen["changeSeq"]), (&json!("hello"), &json!(4)));
    assert_eq!(seen["reactions"], json!({"❤️": [bob.id]}));
    assert!(seen["editedAt"].is_string());

    assert_eq!(
        change(Method::DELETE, &bob, &heart, None).await.body,
        json!({"changeSeq": 5})
    );
    assert_eq!(stage.get(&path, &bob).await.body["reactions"], json!({}));
    assert_eq!(change(Method::DELETE, &bob, &path, None).await.code(), "NOT_ALLOWED");
    assert_eq!(
        change(Method::DELETE, &ann, &path, None).await.body,
        json!({"changeSeq": 6})
    );
    let gone = stage.get(&path, &bob).await.body;
    assert_eq!((&gone["type"], &gone["text"]), (&json!("deleted"), &Value::Null));
    assert_eq!(
        change(Method::PATCH, &ann, &path, text("again")).await.status.as_u16(),
        410
    );
    stage.close().await;
}

#[tokio::test]
async fn the_same_key_is_the_same_edit() {
    let stage = Stage::open().await;
    let (ann, _, id) = two(&stage).await;
    let message = stage.say(&ann, &id, "hello").await;
    let edit = async |text: &str| {
        let request = stage
            .request(Method::PATCH, &format!("/api/v1/messages/{message}"))
            .bearer_auth(&ann.token);
        Stage::send(request.header("Idempotency-Key", "k").json(&json!({"text": text}))).await
    };
    assert_eq!(edit("one").await.body, edit("two").await.body);
    assert_eq!(
        stage.get(&format!("/messages/{message}"), &ann).await.body["text"],
        "one"
    );
    stage.close().await;
}

#[tokio::test]
async fn receipts_say_who_has_it() {
    let stage = Stage::open().await;
    let (ann, bob, id) = two(&stage).await;
    let message = stage.say(&ann, &id, "hello").await;
    let raise = async |body: Value| {
        stage
            .call(Method::PUT, "/messages/status", Some(&bob.token), Some(body))
            .await
    };
    let details = async || stage.get(&format!("/messages/{message}"), &ann).await.body;

    assert_eq!(
        raise(json!({"conversationId": id, "deliveredSeq": 1})).await.status,
        StatusCode::NO_CONTENT
    );
    let seen = details().await;
    assert_eq!((&seen["deliveredTo"], &seen["readBy"]), (&json!([bob.id]), &json!([])));
    // More than there is counts as what there is; less takes nothing back.
    assert_eq!(
        raise(json!({"conversationId": id, "readSeq": 99})).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        raise(json!({"conversationId": id, "deliveredSeq": 0})).await.status,
        StatusCode::NO_CONTENT
    );
    let seen = details().await;
    assert_eq!(
        (&seen["deliveredTo"], &seen["readBy"]),
        (&json!([bob.id]), &json!([bob.id]))
    );
    let row = stage.get(&format!("/conversations/{id}"), &bob).await.body;
    assert_eq!((row["readSeq"].as_u64(), row["unread"].as_u64()), (Some(1), Some(0)));
    stage.close().await;
}
