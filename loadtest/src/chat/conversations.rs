//! Opening the conversations of a run: direct ones for rooms of two, groups for more.

use std::{ops::Range, sync::Arc, time::Duration};

use goose::goose::{GooseMethod, GooseUser, TransactionResult};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    load::{Conversation, Load},
    rest::Call,
};
use crate::check::Room;

/// How long the last message of a prefilled conversation may take to be stored.
const STORING: Duration = Duration::from_secs(60);

/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// A conversation, as the server has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened {
    id: String,
    /// An existing one may hold messages already.
    #[serde(default)]
    last_seq: u64,
}

/// Takes rooms until there are none left, and waits for the other goose users to finish theirs.
pub(super) async fn open(load: Arc<Load>, user: &mut GooseUser) -> TransactionResult {
    while let Some(room) = load.opening.take() {
        if load.aborted.is_cancelled() {
            return Ok(());
        }
        match open_one(&load, user, room).await {
            Ok(opened) => {
                let check = Room::new(load.options.rooms_of, opened.last_seq);
                drop(load.conversations[room].set(Conversation::new(opened.id, check)));
            }
            Err(why) => load.fail(why),
        }
        load.opening.finish_one();
    }
    load.unless_aborted(load.opening.finished()).await;
    Ok(())
}

async fn open_one(load: &Load, user: &mut GooseUser, room: usize) -> Result<Opened, String> {
    let first = room * load.options.rooms_of;
    let members = first..first + load.options.rooms_of;
    let kind = if load.options.rooms_of == 2 { "direct" } else { "group" };
    let key = format!("{:08x}-{room}", load.run);
    let opened = create(load, user, members, kind, &key).await?;
    match load.options.prefill.saturating_sub(opened.last_seq) {
        0 => Ok(opened),
        missing => fill(load, user, first, opened, missing).await,
    }
}

/// Makes a conversation of these users, of whom the first one is its creator.
pub(super) async fn create(
    load: &Load,
    user: &mut GooseUser,
    members: Range<usize>,
    kind: &str,
    key: &str,
) -> Result<Opened, String> {
    let creator = members.start;
    let others = members.skip(1).filter_map(|member| load.account(member));
    let others: Vec<&str> = others.map(|account| account.id.as_str()).collect();
    let mut body = json!({ "type": kind, "members": others });
    if kind == "group" {
        body["name"] = format!("Load {key}").into();
    }
    let post = Ask {
        method: GooseMethod::Post,
        path: "/api/v1/conversations",
        name: "/conversations",
        body: Some(&body),
        key: Some(key),
    };
    ask(load, user, creator, post).await
}

/// Writes as many messages, and waits until they are stored.
async fn fill(
    load: &Load,
    user: &mut GooseUser,
    writer: usize,
    opened: Opened,
    missing: u64,
) -> Result<Opened, String> {
    let goal = opened.last_seq + missing;
    for number in opened.last_seq..goal {
        let body = json!({
            "conversationId": opened.id, "clientMessageId": format!("before-{number}"), "text": load.text,
        });
        let post = Ask {
            method: GooseMethod::Post,
            path: "/api/v1/chat/send",
            name: "/chat/send",
            body: Some(&body),
            key: None,
        };
        ask::<Value>(load, user, writer, post).await?;
    }
    let (path, deadline) = (format!("/api/v1/conversations/{}", opened.id), Instant::now() + STORING);
    loop {
        let get = Ask {
            method: GooseMethod::Get,
            path: &path,
            name: "/conversations/{id}",
            body: None,
            key: None,
        };
        let now: Opened = ask(load, user, writer, get).await?;
        if now.last_seq >= goal {
            return Ok(now);
        }
        if Instant::now() > deadline {
            return Err(format!("{} of {goal} messages before the run are stored", now.last_seq));
        }
        sleep(LOOK).await;
    }
}

/// A request of setting up.
struct Ask<'a> {
    method: GooseMethod,
    path: &'a str,
    name: &'a str,
    body: Option<&'a Value>,
    key: Option<&'a str>,
}

/// Makes it as that account, and reads the answer.
async fn ask<T: for<'de> Deserialize<'de>>(
    load: &Load,
    user: &mut GooseUser,
    account: usize,
    ask: Ask<'_>,
) -> Result<T, String> {
    let account = load.account(account).ok_or("an account is missing")?;
    let token = account.tokens().access_token.clone();
    let call = Call {
        method: ask.method,
        path: ask.path,
        name: ask.name,
        token: Some(&token),
        body: ask.body,
        idempotency_key: ask.key,
    };
    let answer = load.call(user, call).await.map_err(|error| error.to_string())?;
    let read = match answer.status {
        StatusCode::CREATED | StatusCode::OK | StatusCode::ACCEPTED => serde_json::from_slice(&answer.body).ok(),
        _ => None,
    };
    read.ok_or_else(|| format!("cannot set up with {}: {}", ask.name, answer.describe()))
}
