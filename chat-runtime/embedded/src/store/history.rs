//! Pages of messages and changes: what is visible and has not expired.

use rusqlite::{Connection, params};
use talkline_core::{
    conversation::Change,
    id::{ConversationId, MessageId},
    message::Message,
    port::{Changes, Page, Range},
};

use super::{
    expiry,
    row::{self, MESSAGE},
    visible::Partitions,
};
use crate::database::{from_json, integer};

/// Messages within `range`, ascending.
pub(super) fn page(
    connection: &Connection,
    partitions: Partitions,
    conversation: ConversationId,
    range: Range,
    limit: usize,
) -> rusqlite::Result<Page> {
    let head = partitions.seq(connection, conversation)?;
    let expired = expiry::through(connection, conversation)?;
    let (lowest, highest, order) = match range {
        Range::Before { from, before } => (from, head.min(before.saturating_sub(1)), "DESC"),
        Range::After { after } => (after.saturating_add(1), head, "ASC"),
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {MESSAGE} FROM message WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq {order} LIMIT ?4"
    ))?;
    // One more than wanted tells whether there are more.
    let some = integer(limit as u64 + 1);
    let rows = statement.query_map(
        params![
            conversation.as_bytes(),
            integer(lowest.max(expired + 1)),
            integer(highest),
            some
        ],
        row::message,
    )?;
    let mut messages = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    if matches!(range, Range::Before { .. }) {
        messages.reverse();
    }
    Ok(Page { messages, has_more })
}

/// Messages by id, those that are visible.
pub(super) fn messages(
    connection: &Connection,
    partitions: Partitions,
    ids: &[MessageId],
) -> rusqlite::Result<Vec<Message>> {
    let mut messages = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(message) = row::message_of(connection, id)?
            && message.seq <= partitions.seq(connection, id.conversation())?
            && message.seq > expiry::through(connection, id.conversation())?
        {
            messages.push(message);
        }
    }
    Ok(messages)
}

/// Changes above `after`, ascending.
pub(super) fn changes(
    connection: &Connection,
    partitions: Partitions,
    conversation: ConversationId,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Changes> {
    let head = partitions.change_seq(connection, conversation)?;
    let expired = expiry::through(connection, conversation)?;
    let mut statement = connection.prepare_cached(
        "SELECT body FROM change WHERE conversation = ?1 AND change_seq > ?2 AND change_seq <= ?3 ORDER BY change_seq",
    )?;
    let mut rows = statement.query(params![conversation.as_bytes(), integer(after), integer(head)])?;
    let (mut changes, mut has_more) = (Vec::new(), false);
    while let Some(row) = rows.next()? {
        let change: Change = from_json(0, row.get_ref(0)?.as_str()?)?;
        if !change.outlives(expired) {
            continue;
        }
        if changes.len() == limit {
            has_more = true;
            break;
        }
        changes.push(change);
    }
    Ok(Changes { changes, has_more })
}
