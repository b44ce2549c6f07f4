//! Opening the conversations of a run: direct ones for rooms of two, groups for more.

use std::sync::Arc;

use goose::goose::{GooseMethod, GooseUser, TransactionResult};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{
    load::{Conversation, Load},
    rest::Call,
};
use crate::check::Room;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
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
    let creator = load.account(first).ok_or("an account is missing")?;
    let others = (first + 1..first + load.options.rooms_of).filter_map(|member| load.account(member));
    let members: Vec<&str> = others.map(|account| account.id.as_str()).collect();
    let body = match load.options.rooms_of {
        2 => json!({ "type": "direct", "members": members }),
        _ => json!({ "type": "group", "members": members, "name": format!("Load {room}") }),
    };
    let token = creator.tokens().access_token.clone();
    let key = format!("{:08x}-{room}", load.run);
    let call = Call {
        method: GooseMethod::Post,
        path: "/api/v1/conversations",
        name: "/conversations",
        token: Some(&token),
        body: Some(&body),
        idempotency_key: Some(&key),
    };
    let answer = load.call(user, call).await.map_err(|error| error.to_string())?;
    let opened = match answer.status {
        StatusCode::CREATED | StatusCode::OK => serde_json::from_slice(&answer.body).ok(),
        _ => None,
    };
    opened.ok_or_else(|| format!("cannot open a conversation: {}", answer.describe()))
}
