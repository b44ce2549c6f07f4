//! Redis' errors as the ports' errors.

use redis::{RedisError, ServerErrorKind};
use talkline_core::{Error, ErrorKind};

/// What `error` is to whoever called `operation`.
pub(super) fn failed(operation: &'static str, error: &RedisError) -> Error {
    Error::new(kind(error), operation, error)
}

/// Nothing, or not in time.
pub(super) fn unavailable(operation: &'static str, cause: &str) -> Error {
    Error::new(ErrorKind::Unavailable, operation, cause)
}

/// What we wrote, or somebody else under our prefix, is not what it should be.
pub(super) fn corrupt(operation: &'static str, cause: &str) -> Error {
    Error::new(ErrorKind::Corrupt, operation, cause)
}

fn kind(error: &RedisError) -> ErrorKind {
    match error.kind() {
        redis::ErrorKind::InvalidClientConfig
        | redis::ErrorKind::AuthenticationFailed
        | redis::ErrorKind::RESP3NotSupported
        | redis::ErrorKind::Server(ServerErrorKind::NoPerm) => ErrorKind::Invalid,
        _ if matches!(error.code(), Some("WRONGPASS" | "NOAUTH")) => ErrorKind::Invalid,
        redis::ErrorKind::Parse | redis::ErrorKind::UnexpectedReturnType => ErrorKind::Corrupt,
        // The rest passes: a node that loads, fails over, is full, or is gone.
        _ => ErrorKind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waiting_mends_can_be_tried_again_and_what_an_operator_must_mend_cannot() {
        let io = RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionRefused));
        assert!(failed("test", &io).is_retryable());
        let refused = RedisError::from((redis::ErrorKind::AuthenticationFailed, "no"));
        assert_eq!(failed("test", &refused).kind(), ErrorKind::Invalid);
    }
}
