//! What was accepted and then rejected, for the sender to learn of.

use rusqlite::{Connection, params};
use talkline_core::{conversation::Rejection, id::UserId, port::StoredRejection, time::Timestamp};

use super::row;
use crate::database::{from_json, integer, to_json};

/// Writes rejections.
pub(super) fn append(connection: &Connection, rejections: &[Rejection]) -> rusqlite::Result<()> {
    for rejection in rejections {
        connection
            .prepare_cached(
                "INSERT INTO rejection (sender, conversation, offset, client_message_id, reason, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                rejection.sender.as_bytes(),
                rejection.conversation.as_bytes(),
                integer(rejection.offset.get()),
                rejection.client_message_id,
                to_json(&rejection.reason)?,
                rejection.at.as_millis()
            ])?;
    }
    Ok(())
}

/// A sender's rejections since a time, the oldest first.
pub(super) fn of_sender(
    connection: &Connection,
    sender: UserId,
    since: Timestamp,
) -> rusqlite::Result<Vec<StoredRejection>> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation, client_message_id, reason, at FROM rejection
         WHERE sender = ?1 AND at >= ?2 ORDER BY at, offset",
    )?;
    let rows = statement.query_map(params![sender.as_bytes(), since.as_millis()], |found| {
        Ok(StoredRejection {
            conversation: row::conversation(found, 0)?,
            client_message_id: found.get(1)?,
            reason: from_json(2, found.get_ref(2)?.as_str()?)?,
            at: row::time(found, 3)?,
        })
    })?;
    rows.collect()
}

/// Removes the oldest ones from before a time, and says how many.
pub(super) fn forget(connection: &Connection, before: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM rejection WHERE (sender, conversation, offset) IN (
                SELECT sender, conversation, offset FROM rejection WHERE at < ?1 ORDER BY at LIMIT ?2)",
        )?
        .execute(params![before.as_millis(), integer(limit as u64)])
}
