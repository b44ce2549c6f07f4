//! People, conversations and groups.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Stage, User};

fn names(body: &Value) -> Vec<&str> {
    body["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn people_are_found_without_showing_their_addresses() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    for name in ["Bea", "Ben", "Cara"] {
        stage.register(name).await;
    }
    let all = stage.get("/users", &ann).await.body;
    assert_eq!(names(&all), ["Ann", "Bea", "Ben", "Cara"]);
    assert!(!all.to_string().contains("example.org"));
    assert_eq!(names(&stage.get("/users?query=BE", &ann).await.body), ["Bea", "Ben"]);
    assert_eq!(
        names(&stage.get("/users?query=cara@example.org", &ann).await.body),
        ["Cara"]
    );
    assert!(names(&stage.get("/users?query=@example.org", &ann).await.body).is_empty());

    let first = stage.get("/users?limit=3", &ann).await.body;
    let next = format!("/users?limit=3&cursor={}", first["nextCursor"].as_str().unwrap());
    let second = stage.get(&next, &ann).await.body;
    assert_eq!(
        (names(&first), names(&second)),
        (vec!["Ann", "Bea", "Ben"], vec!["Cara"])
    );
    assert_eq!(second["nextCursor"], Value::Null);
    stage.close().await;
}

#[tokio::test]
async fn one_can_be_renamed() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    let body = Some(json!({"name": "  Anna "}));
    let answer = stage.call(Method::PUT, "/profile", Some(&ann.token), body).await;
    assert_eq!(answer.body["name"], "Anna");
    let path = format!("/user/{}", ann.id);
    assert_eq!(stage.get(&path, &ann).await.body, json!({"id": ann.id, "name": "Anna"}));
    stage.close().await;
}

#[tokio::test]
async fn a_direct_conversation_is_the_same_from_both_sides() {
    let stage = Stage::open().await;
    let (ann, bob) = (stage.register("Ann").await, stage.register("Bob").await);
    let new = stage
        .post("/conversations", &ann, json!({"type": "direct", "members": [bob.id]}))
        .await;
    assert_eq!(new.status, StatusCode::CREATED);
    let there = stage
        .post("/conversations", &bob, json!({"type": "direct", "members": [ann.id]}))
        .await;
    assert_eq!(there.status, StatusCode::OK);
    assert_eq!(new.body["id"], there.body["id"]);
    assert_eq!(new.body["type"], "direct");

    let id = new.body["id"].as_str().unwrap();
    for text in ["one", "two"] {
        stage.say(&ann, id, text).await;
    }
    let list = stage.get("/conversations", &bob).await.body;
    let row = &list["conversations"][0];
    assert_eq!(row["lastMessage"]["text"], "two");
    assert_eq!(
        (row["unread"].as_u64(), row["lastSeq"].as_u64(), row["readSeq"].as_u64()),
        (Some(2), Some(2), Some(0))
    );
    assert_eq!(list, stage.get("/chat/recent", &bob).await.body);
    stage.close().await;
}

#[tokio::test]
async fn the_list_comes_in_pages_with_the_newest_message_first() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    let mut ids = Vec::new();
    for name in ["Bob", "Cara", "Dora"] {
        let other = stage.register(name).await;
        let id = stage.direct(&ann, &other).await;
        stage.say(&ann, &id, "hello").await;
        ids.push(id);
    }
    ids.reverse();
    let id = |body: &Value, index: usize| body["conversations"][index]["id"].as_str().unwrap().to_owned();
    let first = stage.get("/conversations?limit=2", &ann).await.body;
    let next = format!(
        "/conversations?limit=2&cursor={}",
        first["nextCursor"].as_str().unwrap()
    );
    let second = stage.get(&next, &ann).await.body;
    assert_eq!([id(&first, 0), id(&first, 1), id(&second, 0)], ids[..]);
    assert_eq!(second["nextCursor"], Value::Null);
    stage.close().await;
}

async fn patch(stage: &Stage, path: &str, user: &User, body: Value) -> crate::stage::Answer {
    stage.call(Method::PATCH, path, Some(&user.token), Some(body)).await
}

#[tokio::test]
async fn a_group_lives_and_ends() {
    let stage = Stage::open().await;
    let (ann, bob, eve) = (
        stage.register("Ann").await,
        stage.register("Bob").await,
        stage.register("Eve").await,
    );
    let group = stage
        .post("/groups/create", &ann, json!({"name": "Club", "members": [bob.id]}))
        .await;
    assert_eq!(group.status, StatusCode::CREATED);
    assert_eq!(group.body["memberCount"], 2);
    let id = group.body["id"].as_str().unwrap();

    let renamed = patch(&stage, &format!("/groups/{id}/rename"), &ann, json!({"name": "Choir"})).await;
    assert_eq!(renamed.body, json!({"changeSeq": 2}));
    let refused = patch(&stage, &format!("/groups/{id}/rename"), &bob, json!({"name": "Mine"})).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "NOT_ALLOWED"));

    let members = format!("/groups/{id}/members");
    let added = patch(&stage, &members, &ann, json!({"add": [eve.id], "promote": [bob.id]})).await;
    assert_eq!(added.body, json!({"changeSeq": 3}));
    let seen = stage.get(&format!("/conversations/{id}"), &eve).await.body;
    assert_eq!(
        (seen["name"].as_str(), seen["memberCount"].as_u64()),
        (Some("Choir"), Some(3))
    );

    let left = stage
        .call(Method::POST, &format!("/groups/{id}/leave"), Some(&eve.token), None)
        .await;
    assert_eq!(left.status, StatusCode::OK);
    assert_eq!(
        stage.get(&format!("/conversations/{id}"), &eve).await.code(),
        "NOT_A_MEMBER"
    );
    let ended = stage
        .call(Method::DELETE, &format!("/groups/{id}"), Some(&bob.token), None)
        .await;
    assert_eq!(ended.status, StatusCode::OK);
    assert_eq!(
        stage.get(&format!("/conversations/{id}"), &ann).await.code(),
        "NOT_A_MEMBER"
    );
    stage.close().await;
}

#[tokio::test]
async fn the_same_key_is_the_same_group() {
    let stage = Stage::open().await;
    let ann = stage.register("Ann").await;
    let create = async |key: &str| {
        let request = stage
            .request(Method::POST, "/api/v1/groups/create")
            .bearer_auth(&ann.token);
        Stage::send(request.header("Idempotency-Key", key).json(&json!({"name": "Club"}))).await
    };
    let (first, again, other) = (create("k1").await, create("k1").await, create("k2").await);
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.body["id"], again.body["id"]);
    assert_ne!(first.body["id"], other.body["id"]);
    stage.close().await;
}

#[tokio::test]
async fn presence_is_for_those_who_share_a_conversation() {
    let stage = Stage::open().await;
    let (ann, bob) = (stage.register("Ann").await, stage.register("Bob").await);
    let path = format!("/users/{}/presence", bob.id);
    let stranger = stage.get(&path, &ann).await;
    assert_eq!((stranger.status.as_u16(), stranger.code()), (404, "USER_NOT_FOUND"));
    stage.direct(&ann, &bob).await;
    assert_eq!(stage.get(&path, &ann).await.body["status"], "offline");
    stage.close().await;
}

#[tokio::test]
async fn a_group_grows_to_the_operators_bound_and_no_further() {
    let stage = Stage::with(|config| config.sizes.group_members = 3).await;
    let ann = stage.register("Ann").await;
    let mut ids = Vec::new();
    for name in ["Bob", "Cara", "Dan"] {
        ids.push(stage.register(name).await.id);
    }
    let everybody = stage
        .post("/groups/create", &ann, json!({"name": "Club", "members": ids}))
        .await;
    assert_eq!((everybody.status.as_u16(), everybody.code()), (409, "TOO_MANY_MEMBERS"));
    let club = stage
        .post("/groups/create", &ann, json!({"name": "Club", "members": ids[..2]}))
        .await;
    let path = format!("/api/v1/groups/{}/members", club.body["id"].as_str().unwrap());
    let change = async |body: Value| {
        let request = stage.request(Method::PATCH, &path).bearer_auth(&ann.token).json(&body);
        Stage::send(request).await
    };
    let one_more = change(json!({"add": [ids[2]]})).await;
    assert_eq!((one_more.status.as_u16(), one_more.code()), (409, "TOO_MANY_MEMBERS"));
    let instead = change(json!({"add": [ids[2]], "remove": [ids[0]]})).await;
    assert_eq!(instead.status, StatusCode::OK);
    stage.close().await;
}
