//! What changes do to messages and names. Their order of arrival does not matter, and doing one again does nothing.

use rusqlite::{Connection, params};
use talkline_core::{
    conversation::{Change, ChangeKind},
    id::MessageId,
};

use super::row::{self, local};
use crate::database::{integer, to_json};

/// Brings changes into what they change.
pub(super) fn project(connection: &Connection, changes: &[Change]) -> rusqlite::Result<()> {
    for change in changes {
        if let Some(message) = change.message() {
            project_message(connection, change, message)?;
        } else if let ChangeKind::Renamed { name } = &change.kind {
            rename(connection, change, name)?;
        }
    }
    Ok(())
}

fn rename(connection: &Connection, change: &Change, name: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE conversation SET name = ?2, name_offset = ?3 WHERE id = ?1 AND name_offset < ?3")?
        .execute(params![
            change.conversation.as_bytes(),
            name,
            integer(change.offset.get())
        ])?;
    Ok(())
}

fn project_message(connection: &Connection, change: &Change, id: MessageId) -> rusqlite::Result<()> {
    // Only a conversation in quarantine has a change of a message that is not there.
    let Some(mut message) = row::message_of(connection, &id)? else {
        return Ok(());
    };
    message.project(change);
    connection
        .prepare_cached("UPDATE message SET content = ?3, changes = ?4 WHERE conversation = ?1 AND local = ?2")?
        .execute(params![
            id.conversation().as_bytes(),
            local(&id),
            to_json(&message.content)?,
            to_json(&message.changes)?
        ])?;
    Ok(())
}
