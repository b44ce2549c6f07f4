//! What MongoDB and its driver say, as the ports' errors.
//!
//! The server's messages quote keys and values (an address, a name): what is passed on are codes and their names only.

use std::fmt;

use mongodb::{
    bson,
    error::{Error as Driver, ErrorKind as DriverKind, WriteFailure},
};
use talkline_core::{Error, ErrorKind};

/// A document stands where another one should.
pub(super) const DUPLICATE_KEY: i32 = 11_000;

/// Another process was at the same document in the same moment.
pub(super) const WRITE_CONFLICT: i32 = 112;

/// Codes of what is wrong with what was asked: too large, not understood, not allowed to this user. All others can pass.
const INVALID: [i32; 10] = [2, 9, 13, 14, 18, 40, 52, 72, 10_334, 17_280];

/// Why a call failed, before it is known to be a port's.
#[derive(Debug)]
pub(super) enum Failure {
    /// The driver's word.
    Driver(Driver),
    /// A statement or its write concern failed.
    Write {
        /// The server's code.
        code: i32,
    },
    /// A stored document is not as this program writes it.
    Corrupt(&'static str),
}

impl Failure {
    /// Whether the same again may find another primary, or a connection that works.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Driver(cause) => match cause.kind.as_ref() {
                DriverKind::Io(_) | DriverKind::ConnectionPoolCleared { .. } => true,
                DriverKind::Command(command) => is_election(command.code),
                _ => false,
            },
            Self::Write { code } => *code == WRITE_CONFLICT || is_election(*code),
            Self::Corrupt(_) => false,
        }
    }

    /// What a caller can do about it.
    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::Corrupt(_) => ErrorKind::Corrupt,
            Self::Write { code } => of_code(*code),
            Self::Driver(cause) => of_driver(cause),
        }
    }

    /// The port's error in `operation`.
    pub(super) fn in_operation(self, operation: &'static str) -> Error {
        Error::new(self.kind(), operation, self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(what) => f.write_str(what),
            Self::Write { code } => write!(f, "a write failed with code {code}"),
            Self::Driver(cause) => match cause.kind.as_ref() {
                DriverKind::Command(command) => write!(f, "{} ({})", command.code_name, command.code),
                DriverKind::Write(WriteFailure::WriteError(error)) => {
                    write!(f, "a write failed with code {}", error.code)
                }
                DriverKind::Write(WriteFailure::WriteConcernError(error)) => {
                    write!(f, "{} ({})", error.code_name, error.code)
                }
                DriverKind::InsertMany(_) | DriverKind::BulkWrite(_) => f.write_str("a bulk write failed"),
                other => write!(f, "{other}"),
            },
        }
    }
}

impl From<Driver> for Failure {
    fn from(cause: Driver) -> Self {
        Self::Driver(cause)
    }
}

impl From<bson::error::Error> for Failure {
    fn from(_: bson::error::Error) -> Self {
        Self::Corrupt("a stored document is not well-formed")
    }
}

fn of_driver(cause: &Driver) -> ErrorKind {
    match cause.kind.as_ref() {
        DriverKind::Command(command) => of_code(command.code),
        DriverKind::Write(WriteFailure::WriteError(error)) => of_code(error.code),
        DriverKind::Write(WriteFailure::WriteConcernError(error)) => of_code(error.code),
        DriverKind::InvalidArgument { .. }
        | DriverKind::Authentication { .. }
        | DriverKind::InvalidTlsConfig { .. }
        | DriverKind::BsonSerialization(_)
        | DriverKind::IncompatibleServer { .. } => ErrorKind::Invalid,
        DriverKind::Bson(_) | DriverKind::BsonDeserialization(_) => ErrorKind::Corrupt,
        DriverKind::Shutdown => ErrorKind::Closed,
        _ => ErrorKind::Unavailable,
    }
}

fn of_code(code: i32) -> ErrorKind {
    match code {
        DUPLICATE_KEY => ErrorKind::Conflict,
        code if INVALID.contains(&code) => ErrorKind::Invalid,
        _ => ErrorKind::Unavailable,
    }
}

/// Codes of a member that is no primary, not any more or not yet.
fn is_election(code: i32) -> bool {
    matches!(code, 91 | 189 | 10_058 | 10_107 | 11_600 | 11_602 | 13_435 | 13_436)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_say_whether_trying_again_can_help() {
        let kind = |code| Failure::Write { code }.in_operation("test").kind();
        assert_eq!(kind(DUPLICATE_KEY), ErrorKind::Conflict);
        assert_eq!(kind(13), ErrorKind::Invalid, "not allowed");
        for (code, what) in [
            (10_107, "no primary"),
            (64, "no majority in time"),
            (100, "no majority"),
            (50, "deadline"),
        ] {
            assert_eq!(kind(code), ErrorKind::Unavailable, "{what}");
        }
        let gone = Failure::from(Driver::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
        assert!(gone.is_transient());
        assert_eq!(gone.in_operation("test").kind(), ErrorKind::Unavailable);
    }
}
