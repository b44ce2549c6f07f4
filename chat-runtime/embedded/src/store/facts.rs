//! What a worker must know before it can judge a batch.

use std::{collections::HashSet, sync::Arc};

use rusqlite::{Connection, OptionalExtension, params};
use talkline_core::{
    conversation::{CommandFact, Conversation, Facts, FactsQuery, MessageFact},
    id::{CommandId, ConversationId, MessageId, UserId},
    message::Projection,
    offset::Offset,
};

use super::{
    expiry, member,
    row::{self, kind, local},
};
use crate::database::{from_json, integer, number};

/// The answer, from one snapshot.
pub(super) fn facts(connection: &Connection, query: &FactsQuery) -> rusqlite::Result<Facts> {
    let mut facts = Facts {
        quarantined: quarantined(connection, &query.touched)?,
        ..Facts::default()
    };
    for id in &query.touched {
        if let Some(settled) = settled(connection, *id, query.position)? {
            facts.settled.insert(*id, settled);
        }
    }
    for id in &query.conversations {
        if let Some(conversation) = conversation(connection, *id, query.position)? {
            facts.conversations.insert(*id, conversation);
        }
    }
    for (id, settled) in &facts.settled {
        if let Some(conversation) = conversation(connection, *id, settled.next())? {
            facts.conversations.insert(*id, conversation);
        }
    }
    for id in &query.messages {
        if let Some(fact) = message(connection, id)? {
            facts.messages.insert(*id, fact);
        }
    }
    for id in &query.commands {
        if let Some(fact) = command(connection, id)? {
            facts.commands.insert(*id, fact);
        }
    }
    Ok(facts)
}

/// The conversation as if nothing at `position` or above had been written.
fn conversation(
    connection: &Connection,
    id: ConversationId,
    position: Offset,
) -> rusqlite::Result<Option<Conversation>> {
    let found = connection
        .prepare_cached("SELECT kind, open_history FROM conversation WHERE id = ?1 AND offset < ?2")?
        .query_row(params![id.as_bytes(), integer(position.get())], |row| {
            Ok((kind(row.get(0)?), row.get(1)?))
        })
        .optional()?;
    let Some((kind, open_history)) = found else {
        return Ok(None);
    };
    let members = member::as_of(connection, id, position)?;
    let newest = |sql| {
        let mut statement = connection.prepare_cached(sql)?;
        let found = statement.query_row(params![id.as_bytes(), integer(position.get())], |row| row.get(0));
        found.optional().map(|found| number(found.unwrap_or(0)))
    };
    let expired = expiry::last(connection, id, position)?.map_or(0, |expiry| expiry.through);
    let seq = newest("SELECT seq FROM message WHERE conversation = ?1 AND offset < ?2 ORDER BY seq DESC LIMIT 1")?;
    Ok(Some(Conversation {
        kind: Some(kind),
        open_history,
        seq: seq.max(expired),
        expired,
        change_seq: newest(
            "SELECT change_seq FROM change WHERE conversation = ?1 AND offset < ?2 ORDER BY change_seq DESC LIMIT 1",
        )?,
        membership: members.changed,
        members: Arc::new(members.present),
    }))
}

/// The expiry at or above `position` whose documents may be gone.
fn settled(connection: &Connection, id: ConversationId, position: Offset) -> rusqlite::Result<Option<Offset>> {
    let begun = expiry::begun(connection, id)?.map(|expiry| expiry.offset);
    Ok(begun.filter(|offset| *offset >= position))
}

fn message(connection: &Connection, id: &MessageId) -> rusqlite::Result<Option<MessageFact>> {
    match stored_message(connection, id)? {
        None => purged_message(connection, id),
        stored => Ok(stored),
    }
}

fn purged_message(connection: &Connection, id: &MessageId) -> rusqlite::Result<Option<MessageFact>> {
    connection
        .prepare_cached("SELECT offset, seq FROM purged_message WHERE conversation = ?1 AND local = ?2")?
        .query_row(params![id.conversation().as_bytes(), local(id)], |found| {
            Ok(MessageFact {
                offset: row::offset(found, 0)?,
                seq: number(found.get(1)?),
                sender: UserId::NOBODY,
                deleted: None,
            })
        })
        .optional()
}

fn stored_message(connection: &Connection, id: &MessageId) -> rusqlite::Result<Option<MessageFact>> {
    connection
        .prepare_cached("SELECT offset, seq, sender, changes FROM message WHERE conversation = ?1 AND local = ?2")?
        .query_row(params![id.conversation().as_bytes(), local(id)], |found| {
            let changes = found.get_ref(3)?.as_str_or_null()?;
            let changes: Option<Projection> = changes.map(|json| from_json(3, json)).transpose()?;
            Ok(MessageFact {
                offset: row::offset(found, 0)?,
                seq: number(found.get(1)?),
                sender: row::user(found, 2)?,
                deleted: changes.and_then(|changes| changes.deleted).map(|(offset, _)| offset),
            })
        })
        .optional()
}

fn command(connection: &Connection, id: &CommandId) -> rusqlite::Result<Option<CommandFact>> {
    connection
        .prepare_cached("SELECT offset, change_seq FROM change WHERE id = ?1")?
        .query_row(params![id.as_bytes()], |found| {
            Ok(CommandFact {
                offset: row::offset(found, 0)?,
                change_seq: number(found.get(1)?),
            })
        })
        .optional()
}

fn quarantined(
    connection: &Connection,
    touched: &HashSet<ConversationId>,
) -> rusqlite::Result<HashSet<ConversationId>> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM quarantine WHERE conversation = ?1")?;
    let mut found = HashSet::new();
    for id in touched {
        if statement.exists(params![id.as_bytes()])? {
            found.insert(*id);
        }
    }
    Ok(found)
}
