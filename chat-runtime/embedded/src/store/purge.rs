//! Removing what has expired, in small steps, and finding what is to expire next.

use rusqlite::{Connection, params};
use talkline_core::{
    id::ConversationId,
    offset::Offset,
    port::{Due, Overdue, Purged},
    time::Timestamp,
};

use super::{
    expiry::{self, Expiry},
    row,
    visible::Partitions,
};
use crate::database::{integer, number};

/// The most messages of one conversation that are looked at in one go.
const LOOKED_AT: u64 = 10_000;

/// Removes up to `limit` documents.
pub(super) fn purge(connection: &Connection, partitions: Partitions, limit: usize) -> rusqlite::Result<Purged> {
    let mut purged = Purged::default();
    for conversation in to_purge(connection, limit)? {
        let mark = partitions.mark(connection, conversation)?;
        let Some(expiry) = begin(connection, conversation, mark)? else {
            continue;
        };
        let left = |purged: &Purged| limit - purged.messages - purged.changes;
        purged.messages += messages(connection, conversation, &expiry, left(&purged))?;
        purged.changes += changes(connection, conversation, &expiry, left(&purged))?;
        if left(&purged) == 0 {
            purged.more = true;
            break;
        }
        set(connection, conversation, expiry.offset, DONE)?;
    }
    Ok(purged)
}

const BEGUN: i64 = 1;
const DONE: i64 = 2;

fn to_purge(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<ConversationId>> {
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT conversation FROM expiry WHERE purge < 2 ORDER BY conversation LIMIT ?1")?;
    let rows = statement.query_map(params![integer(limit as u64)], |found| row::conversation(found, 0))?;
    rows.collect()
}

/// The last expiry below the mark, if there is one to purge. Earlier ones count no more: nobody goes back below the mark
/// who is not told so from now on.
fn begin(connection: &Connection, conversation: ConversationId, mark: Offset) -> rusqlite::Result<Option<Expiry>> {
    let Some(expiry) = expiry::last(connection, conversation, mark)? else {
        return Ok(None);
    };
    connection
        .prepare_cached("DELETE FROM expiry WHERE conversation = ?1 AND offset < ?2")?
        .execute(params![conversation.as_bytes(), integer(expiry.offset.get())])?;
    let begun = set(connection, conversation, expiry.offset, BEGUN)?;
    Ok(begun.then_some(expiry))
}

/// Says how far a purge is; false if it is done already.
fn set(connection: &Connection, conversation: ConversationId, at: Offset, purge: i64) -> rusqlite::Result<bool> {
    let set = connection
        .prepare_cached("UPDATE expiry SET purge = ?3 WHERE conversation = ?1 AND offset = ?2 AND purge < 2")?
        .execute(params![conversation.as_bytes(), integer(at.get()), purge])?;
    Ok(set == 1)
}

fn messages(
    connection: &Connection,
    conversation: ConversationId,
    expiry: &Expiry,
    limit: usize,
) -> rusqlite::Result<usize> {
    let last: Option<i64> = connection
        .prepare_cached(
            "SELECT max(seq) FROM
                (SELECT seq FROM message WHERE conversation = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3)",
        )?
        .query_row(
            params![conversation.as_bytes(), integer(expiry.through), integer(limit as u64)],
            |found| found.get(0),
        )?;
    let range = params![conversation.as_bytes(), last.unwrap_or(0)];
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO purged_message (conversation, local, seq, offset)
             SELECT conversation, local, seq, offset FROM message WHERE conversation = ?1 AND seq <= ?2",
        )?
        .execute(range)?;
    connection
        .prepare_cached("DELETE FROM message WHERE conversation = ?1 AND seq <= ?2")?
        .execute(range)
}

/// Those of messages that are gone, and earlier expiries.
fn changes(
    connection: &Connection,
    conversation: ConversationId,
    expiry: &Expiry,
    limit: usize,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM change WHERE (conversation, change_seq) IN (
                SELECT conversation, change_seq FROM change
                WHERE conversation = ?1 AND body ->> 'messageSeq' IS NOT NULL AND body ->> 'messageSeq' <= ?2
                    AND offset < ?3
                LIMIT ?4)",
        )?
        .execute(params![
            conversation.as_bytes(),
            integer(expiry.through),
            integer(expiry.offset.get()),
            integer(limit as u64)
        ])
}

/// Looks at the next conversations behind `after`.
pub(super) fn overdue(
    connection: &Connection,
    partitions: Partitions,
    before: Timestamp,
    after: Option<ConversationId>,
    limit: usize,
) -> rusqlite::Result<Overdue> {
    let after = after.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    let mut statement = connection.prepare_cached("SELECT id FROM conversation WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let ids = statement.query_map(params![after, integer(limit as u64)], |found| {
        row::conversation(found, 0)
    })?;
    let ids: Vec<_> = ids.collect::<rusqlite::Result<_>>()?;
    let due = ids.iter().map(|id| due(connection, partitions, *id, before));
    Ok(Overdue {
        conversations: due.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?,
        next: ids.last().copied().filter(|_| ids.len() == limit),
    })
}

fn due(
    connection: &Connection,
    partitions: Partitions,
    conversation: ConversationId,
    before: Timestamp,
) -> rusqlite::Result<Option<Due>> {
    let expired = expiry::through(connection, conversation)?;
    let mut statement = connection.prepare_cached(
        "SELECT seq, created_at FROM message WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let limit = integer(LOOKED_AT);
    let mut oldest = statement.query(params![conversation.as_bytes(), integer(expired), limit])?;
    let (mut through, mut looked_at) = (expired, 0);
    while let Some(message) = oldest.next()? {
        if row::time(message, 1)? >= before {
            break;
        }
        through = number(message.get(0)?);
        looked_at += 1;
    }
    if through == expired {
        return Ok(None);
    }
    // What lies above a hole is nobody's yet.
    let through = through.min(partitions.seq(connection, conversation)?);
    Ok((through > expired).then_some(Due {
        conversation,
        through,
        more: looked_at == LOOKED_AT,
    }))
}
