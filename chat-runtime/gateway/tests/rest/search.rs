//! Finding messages by the words in them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Stage, User};

/// The texts that a search finds, newest first.
async fn found(stage: &Stage, user: &User, query: &str) -> Vec<String> {
    let answer = stage.get(&format!("/search/messages?{query}"), user).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    let hits = answer.body["hits"].as_array().unwrap().iter();
    hits.map(|hit| hit["message"]["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Waits until a search finds exactly these.
async fn finds(stage: &Stage, user: &User, query: &str, expected: &[&str]) {
    stage.until(async || found(stage, user, query).await == expected).await;
}

#[tokio::test]
async fn messages_are_found_by_whom_they_are_for() {
    let stage = Stage::open().await;
    let (ann, bob, eve) = (
        stage.register("Ann").await,
        stage.register("Bob").await,
        stage.register("Eve").await,
    );
    let direct = stage.direct(&ann, &bob).await;
    let body = json!({"name": "Club", "members": [bob.id]});
    let group = stage.post("/groups/create", &ann, body).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    stage.say(&ann, &direct, "Café at nine").await;
    stage.say(&bob, &group, "no cafeteria today").await;
    finds(&stage, &bob, "q=caf", &["no cafeteria today", "Café at nine"]).await;
    assert_eq!(found(&stage, &bob, "q=CAFE%20nine").await, ["Café at nine"]);
    assert_eq!(
        found(&stage, &bob, &format!("q=caf&conversationId={group}")).await,
        ["no cafeteria today"]
    );
    assert_eq!(
        found(&stage, &bob, &format!("q=caf&from={}", ann.id)).await,
        ["Café at nine"]
    );
    assert_eq!(found(&stage, &bob, "q=caf&before=2000-01-01T00:00:00Z").await, [""; 0]);
    assert_eq!(found(&stage, &bob, "q=caf%22%20OR%20nine").await, [""; 0]);

    // Nobody else finds anything, and who comes later nothing of before.
    assert_eq!(found(&stage, &eve, "q=caf").await, [""; 0]);
    let outside = stage
        .get(&format!("/search/messages?q=caf&conversationId={group}"), &eve)
        .await;
    assert_eq!(outside.code(), "NOT_A_MEMBER");
    let path = format!("/groups/{group}/members");
    let joining = Some(json!({"add": [eve.id]}));
    let added = stage.call(Method::PATCH, &path, Some(&ann.token), joining).await;
    assert!(added.status.is_success(), "{:?}", added.body);
    stage.say(&ann, &group, "the cafe is open").await;
    finds(&stage, &eve, "q=caf", &["the cafe is open"]).await;
    stage.close().await;
}

#[tokio::test]
async fn hits_show_the_message_and_where_the_words_are() {
    let stage = Stage::open().await;
    let (ann, bob) = (stage.register("Ann").await, stage.register("Bob").await);
    let direct = stage.direct(&ann, &bob).await;
    let id = stage.say(&ann, &direct, "👍 at the Café").await;
    finds(&stage, &bob, "q=cafe", &["👍 at the Café"]).await;
    let answer = stage.get("/search/messages?q=cafe%20at", &bob).await.body;
    let history = stage.get(&format!("/messages/conversation/{direct}"), &bob).await.body;
    assert_eq!(answer["hits"][0]["message"], history["messages"][0]);
    assert_eq!(answer["hits"][0]["highlight"], json!([[2, 4], [9, 13]]));
    assert_eq!(answer["nextCursor"], Value::Null);

    let path = format!("/messages/{id}");
    let edit = Some(json!({"text": "in the bar"}));
    stage.call(Method::PATCH, &path, Some(&ann.token), edit).await;
    assert_eq!(
        found(&stage, &bob, "q=cafe").await,
        [""; 0],
        "from the answer to the edit on"
    );
    finds(&stage, &bob, "q=bar", &["in the bar"]).await;
    stage.call(Method::DELETE, &path, Some(&ann.token), None).await;
    assert_eq!(
        found(&stage, &bob, "q=bar").await,
        [""; 0],
        "from the answer to the deletion on"
    );
    stage.close().await;
}

#[tokio::test]
async fn hits_come_in_pages() {
    let stage = Stage::open().await;
    let (ann, bob) = (stage.register("Ann").await, stage.register("Bob").await);
    let direct = stage.direct(&ann, &bob).await;
    for number in 1..=5 {
        stage.say(&ann, &direct, &format!("page {number}")).await;
    }
    stage
        .until(async || found(&stage, &bob, "q=page").await.len() == 5)
        .await;
    let all = found(&stage, &bob, "q=page").await;
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    for length in [2, 2, 1] {
        let query = format!("q=page&limit=2{cursor}");
        let page = found(&stage, &bob, &query).await;
        assert_eq!(page.len(), length);
        paged.extend(page);
        let next = &stage.get(&format!("/search/messages?{query}"), &bob).await.body["nextCursor"];
        assert_eq!(next.is_string(), length == 2);
        cursor = format!("&cursor={}", next.as_str().unwrap_or_default());
    }
    assert_eq!(paged, all);
    stage.close().await;
}
