//! The index's own file. It is derived from the store, so whatever is wrong with it is mended by making it anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use crate::database::{OpenError, writable};

/// The file's name in the data folder.
const FILE: &str = "search.db";

/// The version of `schema.sql`.
const VERSION: i64 = 1;

/// What a power cut takes back is indexed again, so nothing waits for the disk. Deleted texts are overwritten.
const SETTINGS: &str = "
    PRAGMA synchronous = NORMAL;
    PRAGMA secure_delete = ON;
    PRAGMA cache_size = -16384;";

/// The file and the one connection that writes to it; an empty one if it was missing, damaged or of another version.
pub(super) fn open(dir: &Path) -> Result<(PathBuf, Connection), OpenError> {
    let path = dir.join(FILE);
    match current(&path) {
        Ok(Some(connection)) => return Ok((path, connection)),
        Ok(None) => tracing::info!(path = %path.display(), "the search index is of another version: it is made anew"),
        Err(cause) => tracing::warn!(path = %path.display(), ?cause, "the search index is unusable: it is made anew"),
    }
    remove(&path)?;
    match current(&path)? {
        Some(connection) => Ok((path, connection)),
        None => Err(OpenError::Failed {
            path,
            cause: "it could not be made anew".to_owned(),
        }),
    }
}

/// The file with this version's schema, made if it is missing; none if it has another version.
fn current(path: &Path) -> Result<Option<Connection>, OpenError> {
    let failed = |cause| OpenError::sqlite(path, cause);
    let mut connection = writable(path)?;
    connection.execute_batch(SETTINGS).map_err(failed)?;
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(failed)?;
    match version {
        VERSION => Ok(Some(connection)),
        0 => create(&mut connection).map(|()| Some(connection)).map_err(failed),
        _ => Ok(None),
    }
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Removes the file and what SQLite keeps beside it.
fn remove(path: &Path) -> Result<(), OpenError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match fs::remove_file(&file) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(OpenError::Unwritable {
                    path: file.into(),
                    cause,
                });
            }
            _ => {}
        }
    }
    Ok(())
}
