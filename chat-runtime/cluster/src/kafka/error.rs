//! Kafka's errors as the port's.

use rdkafka::{error::KafkaError, types::RDKafkaErrorCode};
use talkline_core::{Error, ErrorKind};

/// What `operation` met, as a caller of the port can judge it.
pub(super) fn to_core(operation: &'static str, error: &KafkaError) -> Error {
    Error::new(kind(error), operation, error)
}

fn kind(error: &KafkaError) -> ErrorKind {
    match error {
        KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_) => ErrorKind::Invalid,
        other => other.rdkafka_error_code().map_or(ErrorKind::Unavailable, kind_of_code),
    }
}

/// What is not named here may pass: a producer that gave up drops what waits in it and is made anew, brokers come back, leaders are elected, rights are granted.
fn kind_of_code(code: RDKafkaErrorCode) -> ErrorKind {
    match code {
        RDKafkaErrorCode::QueueFull => ErrorKind::Overloaded,
        RDKafkaErrorCode::MessageSizeTooLarge
        | RDKafkaErrorCode::InvalidTopic
        | RDKafkaErrorCode::InvalidPartitions
        | RDKafkaErrorCode::InvalidReplicationFactor
        | RDKafkaErrorCode::InvalidConfig
        | RDKafkaErrorCode::PolicyViolation => ErrorKind::Invalid,
        RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::LogTruncation => {
            ErrorKind::Conflict
        }
        RDKafkaErrorCode::BrokerDestroy => ErrorKind::Closed,
        _ => ErrorKind::Unavailable,
    }
}

/// Whether waiting cannot help: the broker was reached and refuses who we are, or we refuse who it is.
pub(super) fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Authentication
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::SSL
            | RDKafkaErrorCode::UnsupportedSASLMechanism
    )
}

/// A blocking call's task that panicked, or was dropped with its runtime.
pub(super) fn task(operation: &'static str, cause: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Closed, operation, cause)
}
