//! The partitions' marks: below them, everything is written and published.

use rusqlite::{Connection, OptionalExtension, Row, params};
use talkline_core::{
    checkpoint::{Anchor, Checkpoint, Fingerprint},
    offset::{Offset, Partition},
};

use super::row;
use crate::database::{integer, number};

/// A partition's mark; zero before the first.
pub(super) fn get(connection: &Connection, partition: Partition) -> rusqlite::Result<Checkpoint> {
    let mark = connection
        .prepare_cached("SELECT offset, anchor, fingerprint FROM partition_mark WHERE partition = ?1")?
        .query_row(params![partition], checkpoint)
        .optional()?;
    Ok(mark.unwrap_or_default())
}

fn checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    let (offset, fingerprint): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
    Ok(Checkpoint {
        position: row::offset(row, 0)?,
        anchor: offset.zip(fingerprint).map(|(offset, fingerprint)| Anchor {
            offset: Offset::from_raw(number(offset)),
            fingerprint: Fingerprint::from_raw(number(fingerprint)),
        }),
    })
}

/// Moves a mark up; a late worker does not turn it back.
pub(super) fn advance(connection: &Connection, partition: Partition, to: Checkpoint) -> rusqlite::Result<()> {
    let offset = to.anchor.map(|anchor| integer(anchor.offset.get()));
    let fingerprint = to.anchor.map(|anchor| integer(anchor.fingerprint.get()));
    connection
        .prepare_cached(
            "INSERT INTO partition_mark (partition, offset, anchor, fingerprint) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET offset = excluded.offset, anchor = excluded.anchor, fingerprint = excluded.fingerprint
             WHERE offset < excluded.offset",
        )?
        .execute(params![partition, integer(to.position.get()), offset, fingerprint])?;
    Ok(())
}
