//! Connections: how the file is opened, and what is checked before anything is read from it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, functions::FunctionFlags};

use super::OpenError;

/// The file's name in the data folder.
pub(super) const FILE: &str = "talkline.db";

/// How long the check of the whole file may take at a start. What it did not reach is checked as it is read.
const CHECK: Duration = Duration::from_secs(2);

/// Cached statements per connection: more than there are kinds.
const STATEMENTS: usize = 128;

/// `synchronous=FULL` syncs the write-ahead log at every commit: the acknowledgements rest on it. No mmap: a write
/// error must come back as an error, not as a signal. The log is moved into the file every 4,000 pages (16 MB).
const WRITER: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA mmap_size = 0;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -65536;
    PRAGMA temp_store = MEMORY;";

const READER: &str = "
    PRAGMA mmap_size = 0;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
    PRAGMA query_only = ON;";

/// The one connection that writes. The file is made if it is missing, and checked if it is not.
pub(crate) fn writable(path: &Path) -> Result<Connection, OpenError> {
    let failed = |cause| OpenError::sqlite(path, cause);
    let mut connection = Connection::open(path).map_err(failed)?;
    prepare(&connection).map_err(failed)?;
    check(&mut connection, path)?;
    connection.execute_batch(WRITER).map_err(failed)?;
    Ok(connection)
}

/// A connection that only reads. After [`writable`]: the file is there, and in WAL mode.
pub(super) fn readable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    connection.execute_batch(READER)?;
    Ok(connection)
}

/// What every connection has: the same statements and functions. A plan does not depend on a parameter's value: SQLite is
/// bundled with `STAT4`, and would prepare a statement anew whenever it is bound anew.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(Duration::from_secs(1))?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("fold", 1, flags, |call| Ok(call.get::<String>(0)?.to_lowercase()))
}

fn check(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let end = Instant::now() + CHECK;
    let failed = |cause| OpenError::sqlite(path, cause);
    connection
        .progress_handler(10_000, Some(move || Instant::now() > end))
        .map_err(failed)?;
    let answer = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    connection.progress_handler(0, None::<fn() -> bool>).map_err(failed)?;
    match answer {
        Ok(answer) if answer == "ok" => Ok(()),
        Ok(cause) => Err(OpenError::Damaged {
            path: path.to_owned(),
            cause,
        }),
        Err(cause) if cause.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            tracing::info!(path = %path.display(), "the file is too large to check whole; it is checked as it is read");
            Ok(())
        }
        Err(cause) => Err(failed(cause)),
    }
}
