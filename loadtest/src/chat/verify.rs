//! The end of a run: every conversation's whole history against what was acknowledged and seen.

use std::sync::Arc;

use goose::goose::{GooseUser, TransactionResult};
use reqwest::StatusCode;

use super::{accounts, history, load::Load, message_name::MessageName};
use crate::check::Arrival;

/// Takes conversations until there are none left.
pub(super) async fn compare(load: Arc<Load>, user: &mut GooseUser) -> TransactionResult {
    while let Some(room) = load.verifying.take() {
        if load.aborted.is_cancelled() {
            return Ok(());
        }
        if let Err(why) = compare_one(&load, user, room).await {
            load.fail(format!("cannot verify a history: {why}"));
        }
        load.verifying.finish_one();
    }
    Ok(())
}

/// Reads from the run's beginning to the end; the reader changes with the room, so that every place has its turn.
async fn compare_one(load: &Load, user: &mut GooseUser, room: usize) -> Result<(), String> {
    let reader = room * load.options.rooms_of + room % load.options.rooms_of;
    let (account, conversation) = load
        .account(reader)
        .zip(load.conversation(room))
        .ok_or("a conversation is missing")?;
    loop {
        let from = conversation.room().history_read();
        let path = history::after(&conversation.id, from);
        let token = account.tokens().access_token.clone();
        let answer = load
            .call(user, history::call(&path, &token))
            .await
            .map_err(|error| error.to_string())?;
        if answer.status == StatusCode::UNAUTHORIZED {
            accounts::renew(load, user, reader).await;
            if account.tokens().access_token != token {
                continue;
            }
        }
        if answer.status != StatusCode::OK {
            return Err(answer.describe());
        }
        let page: history::Page<'_> =
            serde_json::from_slice(&answer.body).map_err(|error| format!("{error}: {}", answer.describe()))?;
        let mut check = conversation.room();
        for message in &page.messages {
            let name = MessageName::parse(&message.client_message_id);
            let key = name
                .filter(|name| name.run == load.run && name.room == room)
                .map(|name| name.key);
            check.read_history(&Arrival {
                seq: message.seq,
                id: &message.id,
                key,
            });
        }
        if !page.has_more {
            return Ok(());
        }
        if check.history_read() == from {
            return Err(format!("there is more after seq {from}, but no page has it"));
        }
    }
}
