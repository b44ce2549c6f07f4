//! Writing documents. They are append-only: the same one again is fine, another one in its place is a conflict.

use rusqlite::{Connection, params};
use talkline_core::{
    conversation::{Change, ChangeKind, Docs, MemberEvent},
    id::ConversationId,
    message::Message,
    port::Conflict,
};

use super::{
    expiry::{self, Purged},
    rejection,
    row::{self, kind_column, local, role_column},
};
use crate::database::{integer, to_json};

/// Writes all documents but those that contradict stored ones, and those that were purged.
pub(super) fn append(connection: &Connection, docs: &Docs) -> rusqlite::Result<Vec<Conflict>> {
    let (mut conflicts, mut purged) = (Vec::new(), Purged::new(connection));
    for message in &docs.messages {
        if purged.has_message(message)? {
            continue;
        }
        if !insert_message(connection, message)? && !has_message(connection, message)? {
            conflicts.push(conflict(message.conversation(), format!("message {}", message.seq)));
        }
    }
    for change in &docs.changes {
        if purged.has_change(change)? {
            continue;
        }
        if insert_change(connection, change)? || has_change(connection, change)? {
            insert_conversation(connection, change)?;
            expiry::insert(connection, change)?;
        } else {
            conflicts.push(conflict(change.conversation, format!("change {}", change.change_seq)));
        }
    }
    for event in &docs.members {
        if !insert_member(connection, event)? && !has_member(connection, event)? {
            conflicts.push(conflict(
                event.conversation,
                format!("membership event at {}", event.offset),
            ));
        }
    }
    rejection::append(connection, &docs.rejections)?;
    Ok(conflicts)
}

/// Remembers why a conversation is not written to any more; the first reason stays.
pub(super) fn quarantine(connection: &Connection, conversation: ConversationId, why: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO quarantine (conversation, why) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![conversation.as_bytes(), why])?;
    Ok(())
}

fn conflict(conversation: ConversationId, what: String) -> Conflict {
    Conflict { conversation, what }
}

fn insert_message(connection: &Connection, message: &Message) -> rusqlite::Result<bool> {
    let changes = match message.changes == Default::default() {
        true => None,
        false => Some(to_json(&message.changes)?),
    };
    let inserted = connection
        .prepare_cached(
            "INSERT INTO message
                (conversation, seq, offset, local, sender, client_message_id, created_at, content, changes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            message.conversation().as_bytes(),
            integer(message.seq),
            integer(message.offset.get()),
            local(&message.id),
            message.sender.as_bytes(),
            message.client_message_id,
            message.created_at.as_millis(),
            to_json(&message.content)?,
            changes,
        ])?;
    Ok(inserted == 1)
}

/// Whether the stored message of this number is this one, apart from what changes have made of it.
fn has_message(connection: &Connection, message: &Message) -> rusqlite::Result<bool> {
    let stored = row::message_at(connection, message.conversation(), message.seq)?;
    Ok(stored.is_some_and(|stored| {
        let identity = |m: &Message| (m.id, m.seq, m.offset, m.sender, m.created_at);
        identity(&stored) == identity(message) && stored.client_message_id == message.client_message_id
    }))
}

fn insert_change(connection: &Connection, change: &Change) -> rusqlite::Result<bool> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO change (conversation, change_seq, offset, id, body)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            change.conversation.as_bytes(),
            integer(change.change_seq),
            integer(change.offset.get()),
            change.id.as_bytes(),
            to_json(change)?,
        ])?;
    Ok(inserted == 1)
}

fn has_change(connection: &Connection, change: &Change) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM change WHERE conversation = ?1 AND change_seq = ?2 AND id = ?3 AND offset = ?4")?
        .exists(params![
            change.conversation.as_bytes(),
            integer(change.change_seq),
            change.id.as_bytes(),
            integer(change.offset.get())
        ])
}

/// The conversation that a change begins.
fn insert_conversation(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    let ChangeKind::Created {
        kind_of,
        name,
        open_history,
        ..
    } = &change.kind
    else {
        return Ok(());
    };
    connection
        .prepare_cached(
            "INSERT INTO conversation (id, kind, open_history, created_at, offset, name, name_offset)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            change.conversation.as_bytes(),
            kind_column(*kind_of),
            open_history,
            change.at.as_millis(),
            integer(change.offset.get()),
            name,
        ])?;
    Ok(())
}

fn insert_member(connection: &Connection, event: &MemberEvent) -> rusqlite::Result<bool> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO member_event (conversation, user, offset, role, since, history_from, changes_after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            event.conversation.as_bytes(),
            event.user.as_bytes(),
            integer(event.offset.get()),
            event.member.map(|member| role_column(member.role)),
            integer(event.member.map_or(0, |member| member.since.get())),
            integer(event.member.map_or(0, |member| member.history_from)),
            integer(event.member.map_or(0, |member| member.changes_after)),
        ])?;
    Ok(inserted == 1)
}

fn has_member(connection: &Connection, event: &MemberEvent) -> rusqlite::Result<bool> {
    let stored = connection
        .prepare_cached(
            "SELECT role, since, history_from, changes_after FROM member_event
             WHERE conversation = ?1 AND user = ?2 AND offset = ?3",
        )?
        .query_row(
            params![
                event.conversation.as_bytes(),
                event.user.as_bytes(),
                integer(event.offset.get())
            ],
            |row| row::member(row, 0),
        )?;
    Ok(stored == event.member)
}
