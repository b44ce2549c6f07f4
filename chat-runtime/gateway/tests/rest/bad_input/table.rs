//! One row for every route.

use reqwest::Method;
use serde_json::{Value, json};

use super::scene::Scene;

/// What a path's id names.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    None,
    User,
    Conversation,
    Message,
}

/// A route, what it takes, and what it must refuse.
pub(crate) struct Row {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// Whether it is for anybody.
    pub(crate) open: bool,
    pub(crate) target: Target,
    /// A good body.
    pub(crate) body: Option<fn(&Scene) -> Value>,
    /// Fields to be put over the good body, the code that they bring, and the field that is named. `LONG` is 6,000
    /// characters.
    pub(crate) bad: &'static [(&'static str, &'static str, &'static str)],
    /// Queries that are bad.
    pub(crate) queries: &'static [&'static str],
    /// What somebody is told who is not in the conversation.
    pub(crate) outsider: Option<&'static str>,
}

impl Row {
    fn new(method: Method, path: &'static str, target: Target) -> Self {
        Self {
            method,
            path,
            open: false,
            target,
            body: None,
            bad: &[],
            queries: &[],
            outsider: None,
        }
    }

    fn open(self) -> Self {
        Self { open: true, ..self }
    }

    fn body(self, body: fn(&Scene) -> Value, bad: &'static [(&str, &str, &str)]) -> Self {
        Self {
            body: Some(body),
            bad,
            ..self
        }
    }

    fn queries(self, queries: &'static [&'static str]) -> Self {
        Self { queries, ..self }
    }

    fn outsider(self, code: &'static str) -> Self {
        Self {
            outsider: Some(code),
            ..self
        }
    }

    /// The path with the scene's id in it.
    pub(crate) fn url(&self, scene: &Scene) -> String {
        self.with_id(match self.target {
            Target::None => "",
            Target::User => &scene.bob.id,
            Target::Conversation => &scene.group,
            Target::Message => &scene.message,
        })
    }

    /// The path with this id in it.
    pub(crate) fn with_id(&self, id: &str) -> String {
        let path = self.path.replace("{emoji}", "%F0%9F%91%8D");
        match (path.find('{'), path.find('}')) {
            (Some(from), Some(to)) => format!("{}{id}{}", &path[..from], &path[to + 1..]),
            _ => path,
        }
    }
}

const LIMITS: &[&str] = &[
    "limit=0",
    "limit=-1",
    "limit=x",
    "limit=1&limit=2",
    "limit=99999999999999999999999",
];
const CURSORS: &[&str] = &["limit=0", "limit=x", "cursor=", "cursor=x", "cursor=%FF", "cursor=AAAA"];
const PAGES: &[&str] = &[
    "limit=0",
    "beforeSeq=-1",
    "afterSeq=x",
    "beforeSeq=3&afterSeq=1",
    "beforeSeq=1.5",
];
const SEARCHES: &[&str] = &[
    "",
    "q=",
    "q=%20%09",
    "q=one&q=two",
    "q=x&conversationId=x",
    "q=x&from=x",
    "q=x&before=yesterday",
    "q=x&after=",
    "q=x&limit=0",
    "q=x&cursor=",
    "q=x&cursor=AAAA",
];
const EMAILS: &[(&str, &str, &str)] = &[
    (r#"{"email":""}"#, "INVALID", "email"),
    (r#"{"email":"nowhere"}"#, "INVALID", "email"),
    (r#"{"email":"LONG@example.org"}"#, "INVALID", "email"),
];

/// The table.
pub(crate) fn rows() -> Vec<Row> {
    [accounts(), people(), conversations(), groups(), reading(), changing()]
        .into_iter()
        .flatten()
        .collect()
}

fn accounts() -> Vec<Row> {
    use Target::None;
    let refresh = |_: &Scene| json!({"refreshToken": "none"});
    vec![
        Row::new(Method::POST, "/auth/register", None).open().body(
            |_| json!({"email": "new@example.org", "password": "correct horse", "name": "New"}),
            &[
                (r#"{"email":""}"#, "INVALID", "email"),
                (r#"{"email":"a@b@c"}"#, "INVALID", "email"),
                (r#"{"email":"LONG@example.org"}"#, "INVALID", "email"),
                (r#"{"password":"short"}"#, "INVALID", "password"),
                (r#"{"password":"LONG"}"#, "INVALID", "password"),
                (r#"{"name":""}"#, "INVALID", "name"),
                (r#"{"name":"   "}"#, "INVALID", "name"),
                (r#"{"name":"LONG"}"#, "INVALID", "name"),
                (r#"{"name":"a\u0000b"}"#, "INVALID", "name"),
                (r#"{"email":"Ann@example.org"}"#, "EMAIL_TAKEN", ""),
            ],
        ),
        Row::new(Method::POST, "/auth/login", None).open().body(
            |_| json!({"email": "ann@example.org", "password": "correct horse"}),
            EMAILS,
        ),
        Row::new(Method::POST, "/auth/refresh", None).open().body(refresh, &[]),
        Row::new(Method::POST, "/auth/logout", None).open().body(refresh, &[]),
        Row::new(Method::GET, "/monitoring/health", None).open(),
        Row::new(Method::GET, "/me", None),
        Row::new(Method::PUT, "/profile", None).body(
            |_| json!({"name": "Anna"}),
            &[
                (r#"{"name":""}"#, "INVALID", "name"),
                (r#"{"name":"LONG"}"#, "INVALID", "name"),
            ],
        ),
    ]
}

fn people() -> Vec<Row> {
    use Target::{None, User};
    vec![
        Row::new(Method::GET, "/users", None).queries(CURSORS),
        Row::new(Method::GET, "/user/{id}", User),
        Row::new(Method::GET, "/users/{id}/presence", User).outsider("USER_NOT_FOUND"),
    ]
}

fn conversations() -> Vec<Row> {
    use Target::{Conversation, None};
    vec![
        Row::new(Method::GET, "/conversations", None).queries(CURSORS),
        Row::new(Method::GET, "/chat/recent", None).queries(CURSORS),
        Row::new(Method::POST, "/conversations", None).body(
            |scene| json!({"type": "group", "members": [scene.bob.id], "name": "Another"}),
            &[
                (r#"{"members":["x"]}"#, "INVALID", "members[0]"),
                (r#"{"members":["AAAAAAAAAAAAAAAAAAAAAA"]}"#, "USER_NOT_FOUND", ""),
                (r#"{"name":""}"#, "INVALID", "name"),
                (r#"{"name":null}"#, "INVALID", "name"),
                (r#"{"name":"LONG"}"#, "INVALID", "name"),
                (r#"{"type":"channel"}"#, "MALFORMED_BODY", "type"),
                (r#"{"type":"direct"}"#, "INVALID", "name"),
                (r#"{"type":"direct","name":null,"members":[]}"#, "INVALID", "members"),
            ],
        ),
        Row::new(Method::GET, "/conversations/{id}", Conversation).outsider("NOT_A_MEMBER"),
    ]
}

fn groups() -> Vec<Row> {
    use Target::{Conversation, None};
    vec![
        Row::new(Method::POST, "/groups/create", None).body(
            |scene| json!({"name": "Another", "members": [scene.bob.id]}),
            &[
                (r#"{"name":""}"#, "INVALID", "name"),
                (r#"{"name":"LONG"}"#, "INVALID", "name"),
                (r#"{"members":["x"]}"#, "INVALID", "members[0]"),
                (r#"{"members":["AAAAAAAAAAAAAAAAAAAAAA"]}"#, "USER_NOT_FOUND", ""),
            ],
        ),
        Row::new(Method::PATCH, "/groups/{id}/rename", Conversation)
            .outsider("NOT_A_MEMBER")
            .body(
                |_| json!({"name": "Choir"}),
                &[
                    (r#"{"name":""}"#, "INVALID", "name"),
                    (r#"{"name":"LONG"}"#, "INVALID", "name"),
                ],
            ),
        Row::new(Method::PATCH, "/groups/{id}/members", Conversation)
            .outsider("NOT_A_MEMBER")
            .body(
                |scene| json!({"add": [scene.eve.id]}),
                &[
                    (r#"{"add":["x"]}"#, "INVALID", "add[0]"),
                    (r#"{"add":["AAAAAAAAAAAAAAAAAAAAAA"]}"#, "USER_NOT_FOUND", ""),
                    (r#"{"remove":["x"]}"#, "INVALID", "remove[0]"),
                    (r#"{"promote":[""]}"#, "INVALID", "promote[0]"),
                    (r#"{"demote":["LONG"]}"#, "INVALID", "demote[0]"),
                ],
            ),
        Row::new(Method::POST, "/groups/{id}/leave", Conversation).outsider("NOT_A_MEMBER"),
        Row::new(Method::DELETE, "/groups/{id}", Conversation).outsider("NOT_A_MEMBER"),
    ]
}

fn reading() -> Vec<Row> {
    use Target::{Conversation, Message, None};
    let history = |path| {
        Row::new(Method::GET, path, Conversation)
            .queries(PAGES)
            .outsider("NOT_A_MEMBER")
    };
    vec![
        history("/messages/conversation/{id}"),
        history("/chat/history/{conversationId}"),
        Row::new(Method::GET, "/messages/since/{messageId}", Message)
            .queries(LIMITS)
            .outsider("MESSAGE_NOT_FOUND"),
        Row::new(Method::GET, "/messages/{id}", Message).outsider("MESSAGE_NOT_FOUND"),
        Row::new(Method::GET, "/search/messages", None).queries(SEARCHES),
    ]
}

fn changing() -> Vec<Row> {
    use Target::{Message, None};
    const TEXTS: &[(&str, &str, &str)] = &[
        (r#"{"text":""}"#, "INVALID", "text"),
        (r#"{"text":"LONG"}"#, "INVALID", "text"),
    ];
    let change = |method, path| Row::new(method, path, Message).outsider("NOT_A_MEMBER");
    let text = |_: &Scene| json!({"text": "other"});
    vec![
        Row::new(Method::POST, "/chat/send", None)
            .outsider("NOT_A_MEMBER")
            .body(
                |scene| json!({"conversationId": scene.group, "clientMessageId": "c9", "text": "hello"}),
                &[
                    (r#"{"text":""}"#, "INVALID", "text"),
                    (r#"{"text":null}"#, "INVALID", "text"),
                    (r#"{"text":"LONG"}"#, "INVALID", "text"),
                    (r#"{"clientMessageId":""}"#, "INVALID", "clientMessageId"),
                    (r#"{"clientMessageId":"LONG"}"#, "INVALID", "clientMessageId"),
                    (r#"{"conversationId":"x"}"#, "INVALID", "conversationId"),
                    (r#"{"conversationId":"AAAAAAAAAAAAAAAAAAAAAA"}"#, "NOT_A_MEMBER", ""),
                    (r#"{"replyTo":"x"}"#, "INVALID", "replyTo"),
                    (r#"{"forwardOf":"x"}"#, "INVALID", "forwardOf"),
                    (r#"{"attachmentId":"x"}"#, "INVALID", "attachmentId"),
                ],
            ),
        Row::new(Method::PUT, "/messages/status", None)
            .outsider("NOT_A_MEMBER")
            .body(
                |scene| json!({"conversationId": scene.group, "deliveredSeq": 1, "readSeq": 1}),
                &[
                    (r#"{"conversationId":"x"}"#, "INVALID", "conversationId"),
                    (r#"{"deliveredSeq":-1}"#, "MALFORMED_BODY", "deliveredSeq"),
                    (r#"{"deliveredSeq":null,"readSeq":null}"#, "INVALID", "readSeq"),
                ],
            ),
        change(Method::PATCH, "/messages/{id}").body(text, TEXTS),
        change(Method::PUT, "/messages/{id}").body(text, TEXTS),
        change(Method::DELETE, "/messages/{id}"),
        change(Method::PUT, "/messages/{id}/reactions/{emoji}"),
        change(Method::DELETE, "/messages/{id}/reactions/{emoji}"),
    ]
}
