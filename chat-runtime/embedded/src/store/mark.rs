//! The partitions' marks: below them, everything is written and published.

use rusqlite::{Connection, OptionalExtension, params};
use talkline_core::offset::{Offset, Partition};

use super::row;
use crate::database::integer;

/// A partition's mark; zero before the first.
pub(super) fn get(connection: &Connection, partition: Partition) -> rusqlite::Result<Offset> {
    let mark = connection
        .prepare_cached("SELECT offset FROM partition_mark WHERE partition = ?1")?
        .query_row(params![partition], |row| row::offset(row, 0))
        .optional()?;
    Ok(mark.unwrap_or(Offset::ZERO))
}

/// Moves a mark up; a late worker does not turn it back.
pub(super) fn advance(connection: &Connection, partition: Partition, to: Offset) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO partition_mark (partition, offset) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET offset = max(offset, excluded.offset)",
        )?
        .execute(params![partition, integer(to.get())])?;
    Ok(())
}
