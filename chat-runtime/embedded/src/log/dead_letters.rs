//! Records that nobody could understand, for an operator to list and to replay.

use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::{Connection, Row, params};
use talkline_core::{
    Error, ErrorKind, Result,
    offset::{Offset, Partition},
    port::{DeadLetter, DeadLetters},
    time::Timestamp,
};

use super::SqliteLog;
use crate::database::{integer, number};

#[async_trait]
impl DeadLetters for SqliteLog {
    async fn list(&self, from: (Partition, Offset), limit: usize) -> Result<Vec<DeadLetter>> {
        let list = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "SELECT partition, offset, reason, buried_at, payload FROM dead_letter
                 WHERE (partition, offset) >= (?1, ?2) ORDER BY partition, offset LIMIT ?3",
            )?;
            let (partition, offset) = from;
            let bounds = params![partition, integer(offset.get()), integer(limit as u64)];
            statement.query_map(bounds, letter)?.collect()
        };
        self.database.read("log.dead_letters", list).await
    }

    async fn replay(&self, letter: &DeadLetter) -> Result<(Partition, Offset)> {
        let DeadLetter { partition, offset, .. } = *letter;
        if partition >= self.database.partitions() {
            let what = "the letter is of a partition that there is not";
            return Err(Error::new(ErrorKind::Invalid, "log.replay", what));
        }
        let now = self.put(partition, letter.payload.clone(), None).await?;
        let remove = move |connection: &Connection| {
            connection
                .prepare_cached("DELETE FROM dead_letter WHERE partition = ?1 AND offset = ?2")?
                .execute(params![partition, integer(offset.get())])
        };
        self.database.write("log.replay", remove).await?;
        Ok((partition, now))
    }
}

fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    Ok(DeadLetter {
        partition: row.get(0)?,
        offset: Offset::from_raw(number(row.get(1)?)),
        reason: row.get(2)?,
        at: Timestamp::from_millis(row.get(3)?),
        payload: Bytes::from(row.get::<_, Vec<u8>>(4)?),
    })
}
