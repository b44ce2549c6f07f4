//! Bad input on every event: malformed, oversized, from outside, or with an expired token. Each is answered by the
//! contract's error and changes nothing. The rows are made from the event list: an event without one does not compile.

use std::time::Duration;

use serde_json::{Value, json};
use talkline_core::id::{ConversationId, MessageId, UserId};
use talkline_gateway::realtime::ClientEvent;

use crate::{
    client::Client,
    gateway::{Backend, Gateway, Person, config},
};

/// What is wrong with an event's payload, and the code that must answer.
struct Row {
    /// Of the wrong type, or without a field that it needs.
    malformed: Vec<Value>,
    /// Of the right type, with a value beyond its bounds, and the code for that.
    beyond: Vec<(Value, &'static str)>,
    /// Well-formed, about a conversation of others; none for events that are about none.
    foreign: Option<(Value, &'static str)>,
}

/// Names that a stranger knows, and somebody else's token.
struct Known {
    conversation: String,
    message: String,
    token: String,
}

/// The row of an event.
fn row(event: ClientEvent, known: &Known) -> Row {
    match event {
        ClientEvent::Send => send(known),
        ClientEvent::Renew => renew(known),
        ClientEvent::Delivered | ClientEvent::Seen => receipt(known),
        ClientEvent::TypingStart | ClientEvent::TypingStop | ClientEvent::Join | ClientEvent::Leave => looking(known),
        ClientEvent::Sync => sync(known),
        ClientEvent::Update => update(known),
        ClientEvent::Delete => delete(known),
        ClientEvent::React => react(known),
        ClientEvent::PresenceSet => presence_set(),
        ClientEvent::PresenceGet => presence_get(),
    }
}

impl Known {
    /// A payload about the conversation.
    fn here(&self, fields: Value) -> Value {
        with("conversationId", &self.conversation, fields)
    }

    /// A payload about the message.
    fn this(&self, fields: Value) -> Value {
        with("messageId", &self.message, fields)
    }
}

fn with(name: &str, id: &str, mut fields: Value) -> Value {
    fields[name] = json!(id);
    fields
}

fn long(length: usize) -> String {
    "x".repeat(length)
}

fn send(known: &Known) -> Row {
    let named = |fields: Value| with("clientMessageId", "1", known.here(fields));
    Row {
        malformed: vec![known.here(json!({"text": "x"})), named(json!({"text": 7}))],
        beyond: vec![
            (named(json!({})), "INVALID"),
            (named(json!({"text": ""})), "INVALID"),
            (named(json!({"text": long(5_001)})), "INVALID"),
            (named(json!({"text": "x", "replyTo": "no id"})), "INVALID"),
            (named(json!({"attachmentId": "none"})), "INVALID"),
            (known.here(json!({"clientMessageId": "", "text": "x"})), "INVALID"),
            (
                known.here(json!({"clientMessageId": long(200), "text": "x"})),
                "INVALID",
            ),
            (
                json!({"conversationId": "no id", "clientMessageId": "1", "text": "x"}),
                "INVALID",
            ),
        ],
        foreign: Some((named(json!({"text": "x"})), "NOT_A_MEMBER")),
    }
}

fn renew(known: &Known) -> Row {
    Row {
        malformed: vec![json!({}), json!({"token": 7})],
        beyond: vec![
            (json!({"token": "x"}), "UNAUTHENTICATED"),
            (json!({"token": long(10_000)}), "UNAUTHENTICATED"),
        ],
        foreign: Some((json!({"token": known.token}), "UNAUTHENTICATED")),
    }
}

fn receipt(known: &Known) -> Row {
    Row {
        malformed: vec![known.here(json!({})), known.here(json!({"seq": -1})), json!({"seq": 1})],
        beyond: vec![(json!({"conversationId": "no id", "seq": 1}), "INVALID")],
        foreign: Some((known.here(json!({"seq": 1})), "NOT_A_MEMBER")),
    }
}

fn looking(known: &Known) -> Row {
    Row {
        malformed: vec![json!({}), json!({"conversationId": 7})],
        beyond: vec![
            (json!({"conversationId": "no id"}), "INVALID"),
            (json!({"conversationId": long(1_000)}), "INVALID"),
        ],
        foreign: Some((known.here(json!({})), "NOT_A_MEMBER")),
    }
}

fn sync(known: &Known) -> Row {
    let many: Value = (0..1_001).map(|n| (n.to_string(), json!({}))).collect();
    Row {
        malformed: vec![
            json!({"conversations": []}),
            json!({"conversations": {&known.conversation: {"seq": "1"}}}),
        ],
        beyond: vec![(json!({"conversations": many}), "INVALID")],
        // Not an error of the whole: see `what_is_not_ones_own_is_refused_like_what_is_not`.
        foreign: None,
    }
}

fn update(known: &Known) -> Row {
    Row {
        malformed: vec![known.this(json!({})), json!({"text": "x"})],
        beyond: vec![
            (known.this(json!({"text": ""})), "INVALID"),
            (known.this(json!({"text": long(5_001)})), "INVALID"),
            (known.this(json!({"text": "x", "requestId": long(200)})), "INVALID"),
            (json!({"messageId": "no id", "text": "x"}), "INVALID"),
        ],
        foreign: Some((known.this(json!({"text": "x"})), "NOT_A_MEMBER")),
    }
}

fn delete(known: &Known) -> Row {
    Row {
        malformed: vec![json!({}), known.this(json!({"requestId": 7}))],
        beyond: vec![
            (json!({"messageId": "no id"}), "INVALID"),
            (known.this(json!({"requestId": ""})), "INVALID"),
        ],
        foreign: Some((known.this(json!({})), "NOT_A_MEMBER")),
    }
}

fn react(known: &Known) -> Row {
    Row {
        malformed: vec![
            known.this(json!({})),
            known.this(json!({"emoji": "👍", "remove": "yes"})),
        ],
        beyond: vec![
            (known.this(json!({"emoji": ""})), "INVALID"),
            (known.this(json!({"emoji": long(65)})), "INVALID"),
            (known.this(json!({"emoji": "\u{0}"})), "INVALID"),
        ],
        foreign: Some((known.this(json!({"emoji": "👍"})), "NOT_A_MEMBER")),
    }
}

fn presence_set() -> Row {
    Row {
        malformed: vec![json!({}), json!({"status": "offline"})],
        beyond: vec![],
        foreign: None,
    }
}

fn presence_get() -> Row {
    let somebody = UserId::from_bytes([1; 16]).to_string();
    Row {
        malformed: vec![json!({}), json!({"userIds": "x"})],
        beyond: vec![
            (json!({"userIds": ["no id"]}), "INVALID"),
            (json!({"userIds": vec![somebody; 201]}), "INVALID"),
        ],
        // Others are left out of the answer: see `presence_is_for_those_with_a_conversation_in_common`.
        foreign: None,
    }
}

/// A conversation of Ann's and Bob's with a message, and Eve, who is not in it.
struct Scene {
    gateway: Gateway,
    known: Known,
    conversation: ConversationId,
    eve: Person,
    ann: Person,
    _backend: Backend,
}

async fn scene() -> Scene {
    let backend = Backend::working().await;
    let gateway = backend.gateway(config()).await;
    let (ann, bob, eve) = (
        gateway.register("ann").await,
        gateway.register("bob").await,
        gateway.register("eve").await,
    );
    let conversation = gateway.direct(&ann, &bob).await;
    let mut a = gateway.connect(&ann).await;
    let send = json!({"conversationId": conversation.to_string(), "clientMessageId": "0", "text": "hello"});
    a.ok("chat:send", send).await;
    a.wait("chat:receive").await;
    let known = Known {
        conversation: conversation.to_string(),
        message: MessageId::new(conversation, ann.id, "0").to_string(),
        token: bob.grant.access_token.clone(),
    };
    Scene {
        gateway,
        known,
        conversation,
        eve,
        ann,
        _backend: backend,
    }
}

impl Scene {
    /// Sends a bad event and checks the answer.
    async fn refused(&self, client: &mut Client, event: ClientEvent, payload: Value, code: &str) {
        let case = format!("{} {:.200}", event.name(), payload.to_string());
        let answer = client.ask(event.name(), payload).await;
        assert_eq!(answer["ok"], false, "{case}: {answer}");
        let error = &answer["error"];
        assert_eq!(error["code"], code, "{case}: {answer}");
        assert!(
            error["status"]
                .as_u64()
                .is_some_and(|status| (400..600).contains(&status)),
            "{case}: {answer}"
        );
        assert!(
            error["title"].is_string() && error["type"].is_string(),
            "{case}: {answer}"
        );
        assert_eq!(error["traceId"].as_str().map(str::len), Some(32), "{case}: {answer}");
        if code == "MALFORMED_BODY" || code == "INVALID" {
            assert!(
                error["errors"][0]["field"].is_string(),
                "{case} names no field: {answer}"
            );
        }
    }

    /// Everything that is stored of the conversation.
    async fn stored(&self) -> (talkline_core::port::Head, Vec<talkline_core::receipt::Mark>) {
        let store = &self.gateway.chat.ports().store;
        let heads = store.heads(&[self.conversation]).await.expect("heads");
        (heads[0], store.marks(self.conversation).await.expect("marks"))
    }
}

#[tokio::test]
async fn malformed_and_oversized_events_are_refused_and_change_nothing() {
    let scene = scene().await;
    let mut a = scene.gateway.connect(&scene.ann).await;
    let before = scene.stored().await;
    for &event in ClientEvent::ALL {
        let row = row(event, &scene.known);
        for payload in row.malformed.into_iter().chain([Value::Null, json!(7), json!("x")]) {
            scene.refused(&mut a, event, payload, "MALFORMED_BODY").await;
        }
        for (payload, code) in row.beyond {
            scene.refused(&mut a, event, payload, code).await;
        }
        let large = json!({"more": "x".repeat(70_000)});
        scene.refused(&mut a, event, large, "PAYLOAD_TOO_LARGE").await;
    }
    assert_eq!(scene.stored().await, before);
}

#[tokio::test]
async fn events_from_outside_are_refused_and_change_nothing() {
    let scene = scene().await;
    let mut e = scene.gateway.connect(&scene.eve).await;
    let before = scene.stored().await;
    for &event in ClientEvent::ALL {
        if let Some((payload, code)) = row(event, &scene.known).foreign {
            // Exactly as for what does not exist.
            let unknown = payload.to_string().replace(&scene.known.conversation, &"A".repeat(22));
            let nothing = MessageId::new(ConversationId::from_bytes([0; 16]), scene.ann.id, "0").to_string();
            let unknown = unknown.replace(&scene.known.message, &nothing);
            scene.refused(&mut e, event, payload, code).await;
            scene
                .refused(&mut e, event, serde_json::from_str(&unknown).expect("JSON"), code)
                .await;
        }
    }
    assert_eq!(scene.stored().await, before);
}

#[tokio::test]
async fn events_after_the_tokens_end_are_refused_and_change_nothing() {
    let scene = scene().await;
    let before = scene.stored().await;
    let mut clients = Vec::new();
    for _ in ClientEvent::ALL {
        clients.push(scene.gateway.connect(&scene.ann).await);
    }
    scene.gateway.clock.forward(Duration::from_secs(16 * 60));
    for (client, &event) in clients.iter_mut().zip(ClientEvent::ALL) {
        let row = row(event, &scene.known);
        let payload = row.foreign.map_or(json!({"status": "away"}), |(payload, _)| payload);
        // The socket may end before it answers.
        client.begin(event.name(), payload).await;
        assert!(client.ended().await < Duration::from_secs(1));
        if let Some((_, answer)) = client.acknowledged() {
            assert_eq!(answer["error"]["code"], "TOKEN_EXPIRED", "{}", event.name());
        }
    }
    assert_eq!(scene.stored().await, before);
}

#[tokio::test]
async fn an_event_that_does_not_exist_is_refused() {
    let scene = scene().await;
    let mut a = scene.gateway.connect(&scene.ann).await;
    let answer = a.ask("chat:nonsense", json!({})).await;
    assert_eq!(answer["error"]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn a_limit_that_is_used_up_says_when_to_come_back() {
    let backend = Backend::working().await;
    let mut config = config();
    config.limits.messages.permits = 2;
    config.limits.events.permits = 6;
    let gateway = backend.gateway(config).await;
    let (ann, bob) = (gateway.register("ann").await, gateway.register("bob").await);
    let id = gateway.direct(&ann, &bob).await.to_string();
    let mut a = gateway.connect(&ann).await;
    let send = |n: u32| json!({"conversationId": id, "clientMessageId": n.to_string(), "text": "x"});
    a.ok("chat:send", send(1)).await;
    a.ok("chat:send", send(2)).await;
    let refused = a.ask("chat:send", send(3)).await;
    assert_eq!(refused["error"]["code"], "RATE_LIMITED");
    assert!(refused["error"]["retryAfterMs"].as_u64().is_some_and(|after| after > 0));
    for _ in 0..3 {
        a.ok("chat:sync", json!({})).await;
    }
    assert_eq!(a.ask("chat:sync", json!({})).await["error"]["code"], "RATE_LIMITED");
    // Receipts and typing are gathered, not counted.
    a.ok("chat:seen", json!({"conversationId": id, "seq": 1})).await;
}
