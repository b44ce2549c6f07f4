//! How far members are.

use rusqlite::{Connection, OptionalExtension, Row, params};
use talkline_core::{
    id::{ConversationId, UserId},
    port::MarkUpdate,
    receipt::Mark,
};

use super::row;
use crate::database::{integer, number};

/// Raises marks and returns those that moved, as they are now.
pub(super) fn raise(connection: &Connection, updates: &[MarkUpdate]) -> rusqlite::Result<Vec<MarkUpdate>> {
    let mut moved = Vec::new();
    for update in updates {
        let mut mark = of_member(connection, update.conversation, update.mark.user_id)?;
        if mark.raise(&update.mark) {
            put(connection, update.conversation, &mark)?;
            moved.push(MarkUpdate { mark, ..*update });
        }
    }
    Ok(moved)
}

/// One member's mark.
pub(super) fn of_member(connection: &Connection, conversation: ConversationId, user: UserId) -> rusqlite::Result<Mark> {
    let stored = connection
        .prepare_cached("SELECT user, delivered, read, at FROM receipt WHERE conversation = ?1 AND user = ?2")?
        .query_row(params![conversation.as_bytes(), user.as_bytes()], mark)
        .optional()?;
    Ok(stored.unwrap_or_else(|| Mark::new(user)))
}

/// The marks of all who have received anything.
pub(super) fn of_conversation(connection: &Connection, conversation: ConversationId) -> rusqlite::Result<Vec<Mark>> {
    let mut statement =
        connection.prepare_cached("SELECT user, delivered, read, at FROM receipt WHERE conversation = ?1")?;
    let marks = statement.query_map(params![conversation.as_bytes()], mark)?;
    marks.collect()
}

fn put(connection: &Connection, conversation: ConversationId, mark: &Mark) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO receipt (conversation, user, delivered, read, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET delivered = excluded.delivered, read = excluded.read, at = excluded.at",
        )?
        .execute(params![
            conversation.as_bytes(),
            mark.user_id.as_bytes(),
            integer(mark.delivered_seq),
            integer(mark.read_seq),
            mark.at.as_millis()
        ])?;
    Ok(())
}

fn mark(found: &Row<'_>) -> rusqlite::Result<Mark> {
    Ok(Mark {
        user_id: row::user(found, 0)?,
        delivered_seq: number(found.get(1)?),
        read_seq: number(found.get(2)?),
        at: row::time(found, 3)?,
    })
}
