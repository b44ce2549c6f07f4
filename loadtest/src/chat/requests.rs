//! The REST requests of the scenarios: what each kind asks for, and what an answer means.

use goose::goose::{GooseMethod, GooseUser};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    accounts, history,
    load::{Account, Conversation, Load},
    message_name::MessageName,
    rest::{self, Answer, Call},
};
use crate::{check::MessageKey, measure::Kind};

/// The requests of one user at one moment.
pub(super) struct Asker<'a> {
    pub(super) load: &'a Load,
    pub(super) user: usize,
    account: &'a Account,
    conversation: &'a Conversation,
}

/// One request, with what it owns.
pub(super) struct Request {
    pub(super) method: GooseMethod,
    /// From `/api/v1` on.
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

/// The acknowledgement of `POST /chat/send`.
#[derive(Deserialize)]
struct Accepted {
    id: String,
}

/// Makes a request of that kind once; a late second attempt would measure another thing.
pub(super) async fn make(load: &Load, goose: &mut GooseUser, kind: Kind, user: usize, intended: u64) {
    let room = user / load.options.rooms_of;
    let Some((account, conversation)) = load.account(user).zip(load.conversation(room)) else {
        return load.skipped(kind);
    };
    let asker = Asker {
        load,
        user,
        account,
        conversation,
    };
    match kind {
        Kind::RestSend => asker.send(goose, intended).await,
        Kind::GroupCreate => asker.make_group(goose, intended).await,
        Kind::GroupRename | Kind::GroupMembers | Kind::GroupLeave | Kind::GroupDelete => {
            asker.change_group(goose, kind, intended).await;
        }
        Kind::Register | Kind::Refresh | Kind::Logout => asker.as_newcomer(goose, kind, intended).await,
        _ => asker.on_its_own(goose, kind, intended).await,
    }
}

impl Asker<'_> {
    /// A request that changes nothing which others of the harness rest on.
    async fn on_its_own(&self, goose: &mut GooseUser, kind: Kind, intended: u64) {
        let Some(request) = self.request(kind) else {
            return self.load.skipped(kind);
        };
        let by = (kind != Kind::Login).then_some(self.user);
        if let Some(answer) = self.ask(goose, kind, &request, by).await {
            if kind == Kind::Login {
                accounts::take_tokens(self.account, &answer.body);
            }
            self.load.answered(kind, intended, self.load.meter.now());
        }
    }

    /// What a kind asks for; none when there is nothing yet that it could ask for.
    fn request(&self, kind: Kind) -> Option<Request> {
        let (id, me) = (&self.conversation.id, &self.account.id);
        let seen = || Some(self.conversation.room().frontier(self.place())).filter(|seq| *seq > 0);
        let newest = || self.account.newest_message();
        let other = || self.load.account(self.neighbour()).map_or(me, |other| &other.id);
        Some(match kind {
            Kind::History => get(history::newest(id)),
            Kind::Scroll => get(history::before(id, rand::random_range(1..=seen()?) + 1)),
            Kind::Since => get(format!("/api/v1/messages/since/{}", newest()?)),
            Kind::ChatHistory => get(format!("/api/v1/chat/history/{id}")),
            Kind::Recent => get("/api/v1/chat/recent".to_owned()),
            Kind::Status => put(
                "/api/v1/messages/status".to_owned(),
                json!({ "conversationId": id, "readSeq": seen()? }),
            ),
            Kind::RestEdit => Request {
                method: GooseMethod::Patch,
                ..put(
                    format!("/api/v1/messages/{}", newest()?),
                    json!({ "text": "edited over REST" }),
                )
            },
            Kind::RestReact => bare(GooseMethod::Put, reaction(&newest()?)),
            Kind::RestUnreact => bare(GooseMethod::Delete, reaction(&newest()?)),
            Kind::RestDelete => bare(
                GooseMethod::Delete,
                format!("/api/v1/messages/{}", self.account.take_older_message()?),
            ),
            Kind::Details => get(format!("/api/v1/messages/{}", newest()?)),
            Kind::Conversations => get("/api/v1/conversations?limit=20".to_owned()),
            Kind::Conversation => get(format!("/api/v1/conversations/{id}")),
            Kind::Open => post(
                "/api/v1/conversations",
                json!({ "type": "direct", "members": [other()] }),
            ),
            Kind::Health => get("/api/v1/monitoring/health".to_owned()),
            Kind::Search => get(format!("/api/v1/search/messages?q=edited&conversationId={id}&limit=20")),
            Kind::Me => get("/api/v1/me".to_owned()),
            Kind::Profile => put(
                "/api/v1/profile".to_owned(),
                json!({ "name": format!("Load {}", self.user) }),
            ),
            Kind::FindUsers => get(format!("/api/v1/users?query=Load%20{}&limit=20", self.neighbour())),
            Kind::User => get(format!("/api/v1/user/{}", other())),
            Kind::Presence => get(format!("/api/v1/users/{}/presence", other())),
            Kind::Login => post("/api/v1/auth/login", accounts::log_in_again(self.account)),
            _ => return None,
        })
    }

    /// Which member of the conversation the user is.
    fn place(&self) -> usize {
        self.user % self.load.options.rooms_of
    }

    /// Another member of it.
    pub(super) fn neighbour(&self) -> usize {
        let size = self.load.options.rooms_of;
        self.user - self.place() + (self.place() + 1) % size
    }

    /// The answer to what that user asks, or nobody; none if it is not a good one, which is booked here.
    pub(super) async fn ask(
        &self,
        goose: &mut GooseUser,
        kind: Kind,
        request: &Request,
        by: Option<usize>,
    ) -> Option<Answer> {
        let account = by.and_then(|user| self.load.account(user));
        let token = account.map(|account| account.tokens().access_token.clone());
        let call = Call {
            method: request.method,
            path: &request.path,
            name: kind.name(),
            token: token.as_deref(),
            body: request.body.as_ref(),
            idempotency_key: None,
        };
        match rest::attempt(goose, self.load.targets.next(), &call).await {
            Ok(Ok(answer)) if answer.status.is_success() => return Some(answer),
            Ok(Ok(answer)) => {
                let (code, trace) = answer.refusal();
                self.load.note_refused(kind, &code, trace.as_deref());
                if let Some(user) = by.filter(|_| answer.status == StatusCode::UNAUTHORIZED) {
                    accounts::renew(self.load, goose, user).await;
                }
            }
            Ok(Err((_, why))) => self.load.note_failed(kind, &why),
            Err(error) => self.load.note_failed(kind, &error.to_string()),
        }
        None
    }

    /// Sends a message over REST, and tells the checker.
    async fn send(&self, goose: &mut GooseUser, intended: u64) {
        let (load, room) = (self.load, self.user / self.load.options.rooms_of);
        let number = self.conversation.room().intend(self.place(), intended);
        let key = MessageKey {
            sender: self.place(),
            number,
        };
        let run = load.run;
        let body = json!({
            "conversationId": self.conversation.id,
            "clientMessageId": MessageName { run, room, key }.to_string(),
            "text": load.text,
        });
        load.meter.counters.sent.one();
        let answer = self
            .ask(goose, Kind::RestSend, &post("/api/v1/chat/send", body), Some(self.user))
            .await;
        match answer.and_then(|answer| serde_json::from_slice::<Accepted>(&answer.body).ok()) {
            Some(accepted) => {
                let now = load.meter.now();
                self.conversation.room().acknowledge(key, &accepted.id);
                load.acknowledged(now);
                load.answered(Kind::RestSend, intended, now);
            }
            None => {
                load.meter.counters.refused.one();
                self.conversation.room().refuse(key);
            }
        }
    }
}

fn reaction(message: &str) -> String {
    format!("/api/v1/messages/{message}/reactions/%F0%9F%91%8D")
}

fn get(path: String) -> Request {
    bare(GooseMethod::Get, path)
}

/// Without a body.
pub(super) fn bare(method: GooseMethod, path: String) -> Request {
    let body = None;
    Request { method, path, body }
}

pub(super) fn post(path: &str, body: Value) -> Request {
    Request {
        body: Some(body),
        ..bare(GooseMethod::Post, path.to_owned())
    }
}

fn put(path: String, body: Value) -> Request {
    Request {
        body: Some(body),
        ..bare(GooseMethod::Put, path)
    }
}
