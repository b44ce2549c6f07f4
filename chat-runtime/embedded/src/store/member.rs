//! Who is in a conversation: the last event of each person below a place in the log.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use talkline_core::{
    conversation::Member,
    id::{ConversationId, UserId},
    offset::Offset,
    port::{Mailbox, Membership},
    time::Timestamp,
};

use super::row::{self, kind};
use crate::database::integer;

/// The members as of a place in the log, and the place of the last change among them.
pub(super) struct Members {
    pub(super) changed: Offset,
    pub(super) present: BTreeMap<UserId, Member>,
}

/// The members of a conversation as of `position`.
pub(super) fn as_of(
    connection: &Connection,
    conversation: ConversationId,
    position: Offset,
) -> rusqlite::Result<Members> {
    // The other columns are those of the row with the highest offset: SQLite says so for a lone max().
    let mut statement = connection.prepare_cached(
        "SELECT user, max(offset), role, since, history_from, changes_after FROM member_event
         WHERE conversation = ?1 AND offset < ?2 GROUP BY user",
    )?;
    let mut rows = statement.query(params![conversation.as_bytes(), integer(position.get())])?;
    let mut members = Members {
        changed: Offset::ZERO,
        present: BTreeMap::new(),
    };
    while let Some(event) = rows.next()? {
        members.changed = members.changed.max(row::offset(event, 1)?);
        if let Some(member) = row::member(event, 2)? {
            members.present.insert(row::user(event, 0)?, member);
        }
    }
    Ok(members)
}

/// Who is in now, and what the conversation is called.
pub(super) fn membership(
    connection: &Connection,
    conversation: ConversationId,
) -> rusqlite::Result<Option<Membership>> {
    let found = connection
        .prepare_cached("SELECT kind, name, open_history, created_at FROM conversation WHERE id = ?1")?
        .query_row(params![conversation.as_bytes()], |found| {
            Ok(Membership {
                id: conversation,
                kind: kind(found.get(0)?),
                name: found.get(1)?,
                open_history: found.get(2)?,
                created_at: row::time(found, 3)?,
                changed: Offset::ZERO,
                members: BTreeMap::new(),
            })
        })
        .optional()?;
    let Some(mut membership) = found else {
        return Ok(None);
    };
    let members = as_of(connection, conversation, Offset::MAX)?;
    membership.changed = members.changed;
    membership.members = members.present;
    Ok(Some(membership))
}

/// A person's memberships.
pub(super) fn mailboxes(connection: &Connection, user: UserId) -> rusqlite::Result<Vec<Mailbox>> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation, max(offset), role, since, history_from, changes_after FROM member_event
         WHERE user = ?1 GROUP BY conversation",
    )?;
    let mut rows = statement.query(params![user.as_bytes()])?;
    let mut mailboxes = Vec::new();
    while let Some(event) = rows.next()? {
        if let Some(member) = row::member(event, 2)? {
            let conversation = row::conversation(event, 0)?;
            mailboxes.push(Mailbox { conversation, member });
        }
    }
    Ok(mailboxes)
}

/// When a conversation was created; none if it does not exist.
pub(super) fn created_at(connection: &Connection, conversation: ConversationId) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT created_at FROM conversation WHERE id = ?1")?
        .query_row(params![conversation.as_bytes()], |found| row::time(found, 0))
        .optional()
}
