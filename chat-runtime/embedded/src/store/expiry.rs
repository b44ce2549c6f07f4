//! Which messages have expired: what readers no longer see, and what is no longer written.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use talkline_core::{
    conversation::{Change, ChangeKind},
    id::ConversationId,
    message::Message,
    offset::Offset,
};

use super::row;
use crate::database::{integer, number};

/// An expiry, in its place in the log.
#[derive(Clone, Copy)]
pub(super) struct Expiry {
    pub(super) offset: Offset,
    /// The last message that is gone, by `seq`.
    pub(super) through: u64,
}

/// Beside the change, if that is an expiry.
pub(super) fn insert(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    let ChangeKind::Expired { through } = change.kind else {
        return Ok(());
    };
    connection
        .prepare_cached(
            "INSERT INTO expiry (conversation, offset, through, purge) VALUES (?1, ?2, ?3, 0) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            change.conversation.as_bytes(),
            integer(change.offset.get()),
            integer(through)
        ])?;
    Ok(())
}

/// Up to which message readers see nothing; 0 if they see all.
pub(super) fn through(connection: &Connection, conversation: ConversationId) -> rusqlite::Result<u64> {
    Ok(last(connection, conversation, Offset::MAX)?.map_or(0, |expiry| expiry.through))
}

/// The last expiry below a place in the log.
pub(super) fn last(
    connection: &Connection,
    conversation: ConversationId,
    below: Offset,
) -> rusqlite::Result<Option<Expiry>> {
    connection
        .prepare_cached(
            "SELECT offset, through FROM expiry WHERE conversation = ?1 AND offset < ?2 ORDER BY offset DESC LIMIT 1",
        )?
        .query_row(params![conversation.as_bytes(), integer(below.get())], expiry)
        .optional()
}

/// The expiry whose documents are, or are being, removed.
pub(super) fn begun(connection: &Connection, conversation: ConversationId) -> rusqlite::Result<Option<Expiry>> {
    connection
        .prepare_cached(
            "SELECT offset, through FROM expiry WHERE conversation = ?1 AND purge > 0 ORDER BY offset DESC LIMIT 1",
        )?
        .query_row(params![conversation.as_bytes()], expiry)
        .optional()
}

fn expiry(found: &Row<'_>) -> rusqlite::Result<Expiry> {
    Ok(Expiry {
        offset: row::offset(found, 0)?,
        through: number(found.get(1)?),
    })
}

/// Knows what was purged of the conversations that documents are written to: only a worker that is late writes that.
pub(super) struct Purged<'c> {
    connection: &'c Connection,
    known: HashMap<ConversationId, Option<Expiry>>,
}

impl<'c> Purged<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        let known = HashMap::new();
        Self { connection, known }
    }

    pub(super) fn has_message(&mut self, message: &Message) -> rusqlite::Result<bool> {
        self.has(message.conversation(), message.seq, message.offset)
    }

    pub(super) fn has_change(&mut self, change: &Change) -> rusqlite::Result<bool> {
        match change.message_seq {
            Some(seq) => self.has(change.conversation, seq, change.offset),
            None => Ok(false),
        }
    }

    fn has(&mut self, conversation: ConversationId, seq: u64, at: Offset) -> rusqlite::Result<bool> {
        let begun = match self.known.get(&conversation) {
            Some(begun) => *begun,
            None => {
                let begun = begun(self.connection, conversation)?;
                self.known.insert(conversation, begun);
                begun
            }
        };
        Ok(begun.is_some_and(|expiry| seq <= expiry.through && at < expiry.offset))
    }
}
