//! What librdkafka's producer tells: what became of each record, to who waits for it; and what every client tells.

use rdkafka::{
    ClientContext, Message as _, Statistics,
    client::OAuthToken,
    config::RDKafkaLogLevel,
    error::KafkaError,
    producer::{DeliveryResult, ProducerContext},
};
use talkline_core::{Error, ErrorKind, Result};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{context::Context, error};

/// Who waits for a record, and the room that it takes.
pub(super) struct Waiting {
    pub(super) answer: oneshot::Sender<Result<u64>>,
    pub(super) _room: OwnedSemaphorePermit,
}

/// The producer's context.
pub(super) struct Deliveries(pub(super) Context);

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Waiting>;

    fn delivery(&self, result: &DeliveryResult<'_>, waiting: Box<Waiting>) {
        let delivered = match result {
            // A retry whose first try was in the log already: the broker says so, and not where.
            Ok(message) => u64::try_from(message.offset()).map_err(|_| {
                Error::new(
                    ErrorKind::Unavailable,
                    "log.append",
                    "in the log, but nobody said where",
                )
            }),
            Err((cause, _)) => Err(error::to_core("log.append", cause)),
        };
        // Who no longer waits needs no answer.
        let _ = waiting.answer.send(delivered);
    }
}

impl ClientContext for Deliveries {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = Context::ENABLE_REFRESH_OAUTH_TOKEN;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        self.0.metrics.producer_queue(statistics.msg_cnt, statistics.msg_size);
        self.0.brokers(&statistics);
    }

    fn generate_oauth_token(&self, asked: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
        self.0.generate_oauth_token(asked)
    }
}
