//! What is written into the index at once: the news of one conversation, and how far they reach.

use rusqlite::{Connection, OptionalExtension, params};
use talkline_core::{id::ConversationId, message::Message, port::Head};

use crate::database::{integer, number};

/// The news of a conversation.
pub(super) struct Batch {
    pub(super) conversation: ConversationId,
    /// Whether what the index has of it is of another store, such as one from before a backup was restored.
    pub(super) anew: bool,
    /// As the store has them now; a later one of the same number overrules.
    pub(super) messages: Vec<Message>,
    /// Up to which message everything has expired, as far as these news say.
    pub(super) expired: u64,
    /// How far the index has come with this.
    pub(super) reached: Head,
    /// Whether there is more to read already.
    pub(super) more: bool,
}

/// How far the index has come, in the order asked.
pub(super) fn reached(connection: &Connection, conversations: &[ConversationId]) -> rusqlite::Result<Vec<Head>> {
    let mut statement = connection.prepare_cached("SELECT seq, change_seq FROM reached WHERE conversation = ?1")?;
    let mut reached = |id: &ConversationId| {
        let found = statement.query_row(params![id.as_bytes()], |row| {
            Ok(Head {
                seq: number(row.get(0)?),
                change_seq: number(row.get(1)?),
            })
        });
        found.optional().map(Option::unwrap_or_default)
    };
    conversations.iter().map(&mut reached).collect()
}

/// Writes batches, all or none.
pub(super) fn write(connection: &mut Connection, batches: &[Batch]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for batch in batches {
        if batch.anew {
            forget(&transaction, batch.conversation, u64::MAX)?;
        }
        for message in &batch.messages {
            put(&transaction, message)?;
        }
        // Behind what was put: it was read before the expiry was.
        if batch.expired > 0 {
            forget(&transaction, batch.conversation, batch.expired)?;
        }
        reach(&transaction, batch)?;
    }
    transaction.commit()
}

/// Takes out the messages of a conversation up to `through`.
fn forget(connection: &Connection, conversation: ConversationId, through: u64) -> rusqlite::Result<()> {
    let of = params![conversation.as_bytes(), integer(through)];
    connection
        .prepare_cached(
            "DELETE FROM words WHERE rowid IN (SELECT number FROM message WHERE conversation = ?1 AND seq <= ?2)",
        )?
        .execute(of)?;
    connection
        .prepare_cached("DELETE FROM message WHERE conversation = ?1 AND seq <= ?2")?
        .execute(of)?;
    Ok(())
}

/// Puts a message in the place of what the index has of it; a deleted one, or one without text, only goes.
fn put(connection: &Connection, message: &Message) -> rusqlite::Result<()> {
    remove(connection, message)?;
    let Some(text) = message.content.text.as_deref() else {
        return Ok(());
    };
    connection
        .prepare_cached(
            "INSERT INTO message (conversation, seq, id, sender, created_at, edited) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            message.conversation().as_bytes(),
            integer(message.seq),
            message.id.as_bytes(),
            message.sender.as_bytes(),
            message.created_at.as_millis(),
            message.changes.edited.map(|(offset, _)| integer(offset.get())),
        ])?;
    connection
        .prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?
        .execute(params![connection.last_insert_rowid(), indexed(text)])?;
    Ok(())
}

/// The text with spaces for control characters, so that highlights can be marked with such; every other character
/// stays in its place.
fn indexed(text: &str) -> String {
    let space = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(space).collect()
}

fn remove(connection: &Connection, message: &Message) -> rusqlite::Result<()> {
    let removed: Option<i64> = connection
        .prepare_cached("DELETE FROM message WHERE conversation = ?1 AND seq = ?2 RETURNING number")?
        .query_row(
            params![message.conversation().as_bytes(), integer(message.seq)],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(number) = removed {
        connection
            .prepare_cached("DELETE FROM words WHERE rowid = ?1")?
            .execute(params![number])?;
    }
    Ok(())
}

fn reach(connection: &Connection, batch: &Batch) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO reached (conversation, seq, change_seq) VALUES (?1, ?2, ?3)")?
        .execute(params![
            batch.conversation.as_bytes(),
            integer(batch.reached.seq),
            integer(batch.reached.change_seq)
        ])?;
    Ok(())
}
