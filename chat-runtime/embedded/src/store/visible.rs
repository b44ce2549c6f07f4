//! How far readers may look.

use rusqlite::{Connection, Row, Rows, params};
use talkline_core::{
    conversation::{Change, ChangeKind, Numbered, visible_head},
    id::ConversationId,
    offset::{Offset, Partition, partition_of},
    port::Head,
};

use super::{expiry, mark, row};
use crate::database::{from_json, integer, number};

/// How many partitions there are: from that follows whose mark counts for a conversation.
#[derive(Clone, Copy)]
pub(super) struct Partitions(pub(super) Partition);

impl Partitions {
    /// A conversation's newest visible message and change.
    pub(super) fn head(self, connection: &Connection, conversation: ConversationId) -> rusqlite::Result<Head> {
        let mark = self.mark(connection, conversation)?;
        Ok(Head {
            seq: messages(connection, conversation, mark)?,
            change_seq: changes(connection, conversation, mark)?,
        })
    }

    /// A conversation's newest visible message.
    pub(super) fn seq(self, connection: &Connection, conversation: ConversationId) -> rusqlite::Result<u64> {
        messages(connection, conversation, self.mark(connection, conversation)?)
    }

    /// A conversation's newest visible change.
    pub(super) fn change_seq(self, connection: &Connection, conversation: ConversationId) -> rusqlite::Result<u64> {
        changes(connection, conversation, self.mark(connection, conversation)?)
    }

    pub(super) fn mark(self, connection: &Connection, conversation: ConversationId) -> rusqlite::Result<Offset> {
        Ok(mark::get(connection, partition_of(&conversation, self.0))?.position)
    }
}

fn messages(connection: &Connection, conversation: ConversationId, mark: Offset) -> rusqlite::Result<u64> {
    let newest_first = "SELECT seq, offset FROM message WHERE conversation = ?1 ORDER BY seq DESC";
    let mut statement = connection.prepare_cached(newest_first)?;
    let floor = expiry::through(connection, conversation)?;
    head(floor, statement.query(params![conversation.as_bytes()])?, mark, |_| {
        Ok(true)
    })
}

fn changes(connection: &Connection, conversation: ConversationId, mark: Offset) -> rusqlite::Result<u64> {
    let newest_first = "SELECT change_seq, offset, body FROM change WHERE conversation = ?1 ORDER BY change_seq DESC";
    let mut statement = connection.prepare_cached(newest_first)?;
    head(0, statement.query(params![conversation.as_bytes()])?, mark, |found| {
        is_complete(connection, &from_json(2, found.get_ref(2)?.as_str()?)?)
    })
}

/// Goes down from the newest one to the first below the mark: past the documents of a batch or two. What has expired
/// was visible, and keeps the head at `floor` at least.
fn head(
    floor: u64,
    mut newest_first: Rows<'_>,
    mark: Offset,
    complete: impl Fn(&Row<'_>) -> rusqlite::Result<bool>,
) -> rusqlite::Result<u64> {
    let mut in_flight = Vec::new();
    let mut below_mark = 0;
    while let Some(document) = newest_first.next()? {
        let number = number(document.get(0)?);
        if row::offset(document, 1)? < mark {
            below_mark = number;
            break;
        }
        let complete = complete(document)?;
        in_flight.push(Numbered { number, complete });
    }
    Ok(visible_head(below_mark.max(floor), in_flight.into_iter().rev()))
}

/// Whether all that a change does is stored too: its message shows it, its name is there, its members are in.
fn is_complete(connection: &Connection, change: &Change) -> rusqlite::Result<bool> {
    if let Some(id) = change.message() {
        let message = row::message_of(connection, &id)?;
        let number = change.change_seq;
        return Ok(message.is_some_and(|message| message.changes.change_seq >= number && message.shows(change)));
    }
    if let ChangeKind::Renamed { .. } = change.kind {
        return connection
            .prepare_cached("SELECT 1 FROM conversation WHERE id = ?1 AND name_offset >= ?2")?
            .exists(params![change.conversation.as_bytes(), integer(change.offset.get())]);
    }
    let mut event = connection
        .prepare_cached("SELECT 1 FROM member_event WHERE conversation = ?1 AND user = ?2 AND offset = ?3")?;
    for member in change.member_events() {
        let place = integer(member.offset.get());
        if !event.exists(params![member.conversation.as_bytes(), member.user.as_bytes(), place])? {
            return Ok(false);
        }
    }
    Ok(true)
}
