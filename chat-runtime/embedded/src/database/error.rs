//! What can go wrong: on opening, for the operator to read; afterwards, as the ports' error.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use rusqlite::ErrorCode;
use talkline_core::{Error, ErrorKind};

/// Why a data folder could not be opened. Each one names the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder cannot be made or written to.
    #[error("the data folder {} cannot be written: {cause}", path.display())]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Another process has it.
    #[error("the data folder {} is in use by another process", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The file belongs to another program.
    #[error("{} is not a Talkline database; choose another data folder", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{} is damaged ({cause}); restore it from a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A newer program wrote it.
    #[error("{} has schema {found}, this program knows up to {known}; use a newer program", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its schema's version.
        found: i64,
        /// The newest one that this program knows.
        known: i64,
    },
    /// SQLite or the system refused.
    #[error("{} cannot be opened: {cause}", path.display())]
    Failed {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: String,
    },
}

impl OpenError {
    /// What an error of SQLite while opening `path` means.
    pub(crate) fn sqlite(path: &Path, cause: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match cause.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                cause: cause.to_string(),
            },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::Unwritable {
                path,
                cause: io::Error::other(cause),
            },
            _ => Self::Failed {
                path,
                cause: cause.to_string(),
            },
        }
    }

    /// The first query failed.
    pub(crate) fn unreadable(path: &Path, cause: Error) -> Self {
        Self::Failed {
            path: path.to_owned(),
            cause: cause.to_string(),
        }
    }

    /// A thread could not be started or ended badly.
    pub(crate) fn thread(path: &Path, cause: impl fmt::Display) -> Self {
        Self::Failed {
            path: path.to_owned(),
            cause: cause.to_string(),
        }
    }
}

/// What an error of SQLite in `operation` means to the caller of a port.
pub(crate) fn to_core(operation: &'static str, cause: &rusqlite::Error) -> Error {
    let kind = match cause {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => ErrorKind::Corrupt,
        other => match other.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => ErrorKind::Corrupt,
            Some(ErrorCode::ConstraintViolation) => ErrorKind::Conflict,
            Some(ErrorCode::TooBig) => ErrorKind::Invalid,
            _ => ErrorKind::Unavailable,
        },
    };
    Error::new(kind, operation, cause)
}
