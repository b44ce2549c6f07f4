//! Documents from and to rows. Rows hold a message's id without the conversation that it begins with.

use rusqlite::{Connection, OptionalExtension, Row, params};
use talkline_core::{
    conversation::{Kind, Member, Role},
    id::{ConversationId, MessageId, UserId},
    message::Message,
    offset::Offset,
    time::Timestamp,
};

use crate::database::{from_json, integer, number};

/// The columns that [`message`] reads, in its order.
pub(super) const MESSAGE: &str =
    "conversation, seq, offset, local, sender, client_message_id, created_at, content, changes";

/// The part of a message's id behind the conversation.
pub(super) fn local(id: &MessageId) -> &[u8] {
    &id.as_bytes()[16..]
}

/// A message from the columns of [`MESSAGE`].
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let changes = row.get_ref(8)?.as_str_or_null()?;
    Ok(Message {
        id: message_id(row.get(0)?, row.get(3)?),
        seq: number(row.get(1)?),
        offset: offset(row, 2)?,
        sender: user(row, 4)?,
        client_message_id: row.get(5)?,
        created_at: time(row, 6)?,
        content: from_json(7, row.get_ref(7)?.as_str()?)?,
        changes: changes.map(|json| from_json(8, json)).transpose()?.unwrap_or_default(),
    })
}

fn message_id(conversation: [u8; 16], local: [u8; 12]) -> MessageId {
    let mut bytes = [0; 28];
    bytes[..16].copy_from_slice(&conversation);
    bytes[16..].copy_from_slice(&local);
    MessageId::from_bytes(bytes)
}

/// A membership from columns `role, since, history_from, changes_after` at `first`; none where it ended.
pub(super) fn member(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Member>> {
    let Some(role) = row.get::<_, Option<i64>>(first)? else {
        return Ok(None);
    };
    Ok(Some(Member {
        role: if role == role_column(Role::Admin) {
            Role::Admin
        } else {
            Role::Member
        },
        since: offset(row, first + 1)?,
        history_from: number(row.get(first + 2)?),
        changes_after: number(row.get(first + 3)?),
    }))
}

/// A role as a column.
pub(super) fn role_column(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Admin => 1,
    }
}

/// A kind as a column.
pub(super) fn kind_column(kind: Kind) -> i64 {
    match kind {
        Kind::Direct => 0,
        Kind::Group => 1,
    }
}

/// From what [`kind_column`] gave.
pub(super) fn kind(column: i64) -> Kind {
    if column == kind_column(Kind::Direct) {
        Kind::Direct
    } else {
        Kind::Group
    }
}

pub(super) fn conversation(row: &Row<'_>, index: usize) -> rusqlite::Result<ConversationId> {
    row.get(index).map(ConversationId::from_bytes)
}

pub(super) fn user(row: &Row<'_>, index: usize) -> rusqlite::Result<UserId> {
    row.get(index).map(UserId::from_bytes)
}

pub(super) fn offset(row: &Row<'_>, index: usize) -> rusqlite::Result<Offset> {
    Ok(Offset::from_raw(number(row.get(index)?)))
}

pub(super) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    row.get(index).map(Timestamp::from_millis)
}

/// The stored message of this number, visible or not.
pub(super) fn message_at(
    connection: &Connection,
    conversation: ConversationId,
    seq: u64,
) -> rusqlite::Result<Option<Message>> {
    connection
        .prepare_cached(&format!(
            "SELECT {MESSAGE} FROM message WHERE conversation = ?1 AND seq = ?2"
        ))?
        .query_row(params![conversation.as_bytes(), integer(seq)], message)
        .optional()
}

/// The stored message of this id, visible or not.
pub(super) fn message_of(connection: &Connection, id: &MessageId) -> rusqlite::Result<Option<Message>> {
    connection
        .prepare_cached(&format!(
            "SELECT {MESSAGE} FROM message WHERE conversation = ?1 AND local = ?2"
        ))?
        .query_row(params![id.conversation().as_bytes(), local(id)], message)
        .optional()
}
