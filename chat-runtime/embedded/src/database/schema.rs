//! The schema, and the steps from each version of it to the next.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use talkline_core::offset::Partition;

use super::OpenError;

/// Marks the file as Talkline's: "talk" in ASCII.
const APPLICATION_ID: i64 = 0x7461_6c6b;

/// `MIGRATIONS[n]` leads from version n to n + 1. One that was released is never edited.
const MIGRATIONS: [&str; 5] = [
    include_str!("../../migrations/0001_log_store_accounts.sql"),
    include_str!("../../migrations/0002_names_in_any_case.sql"),
    include_str!("../../migrations/0003_retention.sql"),
    include_str!("../../migrations/0004_traces.sql"),
    include_str!("../../migrations/0005_anchors.sql"),
];

/// The most partitions that one writer has a use for.
const MAX_PARTITIONS: Partition = 16;

/// Brings the schema up to date, each step in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |cause| OpenError::sqlite(path, cause);
    let known = MIGRATIONS.len() as i64;
    let found = version(connection, path)?;
    if found > known {
        return Err(OpenError::TooNew {
            path: path.to_owned(),
            found,
            known,
        });
    }
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        let step = step + 1;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Exclusive)
            .map_err(failed)?;
        transaction.execute_batch(sql).map_err(failed)?;
        transaction
            .execute_batch(&format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {step};"
            ))
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
        tracing::info!(path = %path.display(), version = step, "schema migrated");
    }
    Ok(())
}

/// The file's version; 0 for one that has nothing in it.
fn version(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let failed = |cause| OpenError::sqlite(path, cause);
    let ask = |sql| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .map_err(failed)
    };
    let application = ask("PRAGMA application_id")?;
    let tables = ask("SELECT count(*) FROM sqlite_schema")?;
    match (application, tables) {
        (APPLICATION_ID, _) => ask("PRAGMA user_version"),
        (0, 0) => Ok(0),
        _ => Err(OpenError::Foreign { path: path.to_owned() }),
    }
}

/// The log's partitions: those that the file was made with, or `wanted` if it is new.
pub(super) fn partitions(connection: &Connection, wanted: Partition) -> rusqlite::Result<Partition> {
    let stored = connection
        .query_row("SELECT value FROM setting WHERE name = 'partitions'", [], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(stored) = stored {
        if stored != wanted {
            tracing::info!(
                stored,
                wanted,
                "the log keeps the number of partitions that it was made with"
            );
        }
        return Ok(stored);
    }
    let wanted = wanted.clamp(1, MAX_PARTITIONS);
    connection.execute(
        "INSERT INTO setting (name, value) VALUES ('partitions', ?1)",
        params![wanted],
    )?;
    Ok(wanted)
}
