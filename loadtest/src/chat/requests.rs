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
struct Asker<'a> {
    load: &'a Load,
    user: usize,
    account: &'a Account,
    conversation: &'a Conversation,
}

/// One request, with what it owns.
struct Request {
    method: GooseMethod,
    /// From `/api/v1` on.
    path: String,
    body: Option<Value>,
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
    if kind == Kind::RestSend {
        return asker.send(goose, intended).await;
    }
    let Some(request) = asker.request(kind) else {
        return load.skipped(kind);
    };
    if let Some(answer) = asker.ask(goose, kind, &request).await {
        if kind == Kind::Login {
            accounts::take_tokens(account, &answer.body);
        }
        load.answered(kind, intended, load.meter.now());
    }
}

impl Asker<'_> {
    /// What a kind asks for; none when there is nothing yet that it could ask for.
    fn request(&self, kind: Kind) -> Option<Request> {
        let (id, me) = (&self.conversation.id, &self.account.id);
        let seen = || Some(self.conversation.room().frontier(self.place())).filter(|seq| *seq > 0);
        let newest = || self.account.newest_message();
        let other = || self.load.account(self.neighbour()).map_or(me, |other| &other.id);
        Some(match kind {
            Kind::History => get(history::newest(id)),
            Kind::Scroll => get(history::before(id, rand::random_range(1..=seen()?) + 1)),
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
            Kind::RestReact => Request {
                body: None,
                ..put(
                    format!("/api/v1/messages/{}/reactions/%F0%9F%91%8D", newest()?),
                    Value::Null,
                )
            },
            Kind::Details => get(format!("/api/v1/messages/{}", newest()?)),
            Kind::Conversations => get("/api/v1/conversations?limit=20".to_owned()),
            Kind::Conversation => get(format!("/api/v1/conversations/{id}")),
            Kind::Search => get(format!("/api/v1/search/messages?q=edited&conversationId={id}&limit=20")),
            Kind::Me => get("/api/v1/me".to_owned()),
            Kind::Profile => put(
                "/api/v1/profile".to_owned(),
                json!({ "name": format!("Load {}", self.user) }),
            ),
            Kind::FindUsers => get(format!("/api/v1/users?query=Load%20{}&limit=20", self.neighbour())),
            Kind::User => get(format!("/api/v1/user/{}", other())),
            Kind::Presence => get(format!("/api/v1/users/{}/presence", other())),
            Kind::Login => Request {
                method: GooseMethod::Post,
                ..put("/api/v1/auth/login".to_owned(), accounts::log_in_again(self.account))
            },
            _ => return None,
        })
    }

    /// Which member of the conversation the user is.
    fn place(&self) -> usize {
        self.user % self.load.options.rooms_of
    }

    /// Another member of it.
    fn neighbour(&self) -> usize {
        let size = self.load.options.rooms_of;
        self.user - self.place() + (self.place() + 1) % size
    }

    /// The answer, if it is a good one; a bad one is booked here.
    async fn ask(&self, goose: &mut GooseUser, kind: Kind, request: &Request) -> Option<Answer> {
        let token = self.account.tokens().access_token.clone();
        let call = Call {
            method: request.method,
            path: &request.path,
            name: kind.name(),
            token: (kind != Kind::Login).then_some(&token),
            body: request.body.as_ref(),
            idempotency_key: None,
        };
        match rest::attempt(goose, self.load.targets.next(), &call).await {
            Ok(Ok(answer)) if answer.status.is_success() => return Some(answer),
            Ok(Ok(answer)) => {
                self.load.note_failed(kind, &answer.code());
                if answer.status == StatusCode::UNAUTHORIZED {
                    accounts::renew(self.load, goose, self.user).await;
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
        let request = Request {
            method: GooseMethod::Post,
            path: "/api/v1/chat/send".to_owned(),
            body: Some(json!({
                "conversationId": self.conversation.id,
                "clientMessageId": MessageName { run, room, key }.to_string(),
                "text": load.text,
            })),
        };
        load.meter.counters.sent.one();
        let answer = self.ask(goose, Kind::RestSend, &request).await;
        match answer.and_then(|answer| serde_json::from_slice::<Accepted>(&answer.body).ok()) {
            Some(accepted) => {
                let now = load.meter.now();
                self.conversation.room().acknowledge(key, &accepted.id);
                load.acknowledged(self.user, now, &accepted.id);
                load.answered(Kind::RestSend, intended, now);
            }
            None => {
                load.meter.counters.refused.one();
                self.conversation.room().refuse(key);
            }
        }
    }
}

fn get(path: String) -> Request {
    Request {
        method: GooseMethod::Get,
        path,
        body: None,
    }
}

fn put(path: String, body: Value) -> Request {
    Request {
        method: GooseMethod::Put,
        path,
        body: Some(body),
    }
}
