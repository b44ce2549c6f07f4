//! The one error of every port: what kind it is, whether trying again can help, and where it happened.

use std::fmt;

/// The result of a call on a port.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The dependency did not answer, or not in time. Trying again can help.
    Unavailable,
    /// A bounded queue is full. Trying again later can help.
    Overloaded,
    /// Another document stands where this one should: a broken invariant that no retry mends.
    Conflict,
    /// Stored bytes cannot be understood.
    Corrupt,
    /// The stored schema is newer than this program.
    SchemaTooNew,
    /// The caller's argument is wrong.
    Invalid,
    /// The adapter has stopped.
    Closed,
}

/// An error of a port, with the operation that failed and the cause in words.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    cause: String,
}

impl Error {
    /// An error of `kind` in `operation` (a name such as `store.append`).
    pub fn new(kind: ErrorKind, operation: &'static str, cause: impl fmt::Display) -> Self {
        Self {
            kind,
            operation,
            cause: cause.to_string(),
        }
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, ErrorKind::Unavailable | ErrorKind::Overloaded)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}: {}", self.operation, self.kind, self.cause)
    }
}

impl std::error::Error for Error {}
