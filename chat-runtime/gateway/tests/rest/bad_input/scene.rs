//! A group of Ann and Bob with a message, and Eve, who is in no conversation.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Answer, Stage, User};

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) ann: User,
    pub(crate) bob: User,
    pub(crate) eve: User,
    pub(crate) group: String,
    pub(crate) message: String,
    /// An access token whose login has ended.
    pub(crate) ended: String,
    before: Value,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let stage = Stage::open().await;
        let (ann, bob, eve) = (
            stage.register("Ann").await,
            stage.register("Bob").await,
            stage.register("Eve").await,
        );
        let body = json!({"name": "Club", "members": [bob.id]});
        let group = stage.post("/groups/create", &ann, body).await.body["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let message = stage.say(&ann, &group, "hello").await;
        let gone = stage.register("Gone").await;
        let body = json!({"refreshToken": gone.refresh});
        stage.call(Method::POST, "/auth/logout", None, Some(body)).await;
        let mut scene = Self {
            stage,
            ann,
            bob,
            eve,
            group,
            message,
            ended: gone.token,
            before: Value::Null,
        };
        scene.before = scene.state().await;
        scene
    }

    /// Ann asks.
    pub(crate) async fn ask(&self, method: &Method, path: &str, body: Option<Value>) -> Answer {
        self.stage.call(method.clone(), path, Some(&self.ann.token), body).await
    }

    /// Everything that anybody can see of the scene.
    async fn state(&self) -> Value {
        let mut state = Vec::new();
        for user in [&self.ann, &self.bob, &self.eve] {
            for path in [
                "/me".to_owned(),
                "/users".to_owned(),
                "/conversations".to_owned(),
                format!("/conversations/{}", self.group),
                format!("/messages/conversation/{}", self.group),
                format!("/messages/{}", self.message),
            ] {
                let mut body = self.stage.get(&path, user).await.body;
                // The one part that is new each time.
                if let Some(map) = body.as_object_mut() {
                    map.remove("traceId");
                }
                state.push(body);
            }
        }
        Value::Array(state)
    }

    pub(crate) async fn assert_unchanged(&self) {
        assert_eq!(self.state().await, self.before);
    }

    pub(crate) async fn close(self) {
        self.stage.close().await;
    }
}
