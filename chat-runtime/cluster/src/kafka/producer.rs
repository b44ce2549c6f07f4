//! Appending: one record in, one acknowledgement out, with few allocations between.
//!
//! A callback per delivery answers a oneshot. That is what `FutureProducer` does too, but it waits for room by trying
//! again every 100 ms, where a semaphore lets appends in as they came.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    ClientConfig, ClientContext, Message as _, Statistics,
    client::OAuthToken,
    config::{FromClientConfigAndContext as _, RDKafkaLogLevel},
    error::KafkaError,
    message::OwnedHeaders,
    producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer},
    types::RDKafkaErrorCode,
};
use talkline_core::{Error, ErrorKind, Result};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Instant, timeout_at},
};

use super::{context::Context, error};

const OPERATION: &str = "log.append";

/// The one producer of this process.
pub(super) struct Producer {
    producer: ThreadedProducer<Deliveries>,
    room: Arc<Semaphore>,
    timeout: Duration,
}

/// A record on its way.
pub(super) struct Outgoing<'a> {
    pub(super) topic: &'a str,
    pub(super) partition: u32,
    pub(super) key: Option<&'a [u8]>,
    /// None says that the key is gone.
    pub(super) payload: Option<&'a [u8]>,
    pub(super) headers: Option<OwnedHeaders>,
}

/// Who waits for a record, and the room that it takes.
struct Waiting {
    answer: oneshot::Sender<Result<u64>>,
    _room: OwnedSemaphorePermit,
}

struct Deliveries(Context);

impl Producer {
    pub(super) fn new(client: &ClientConfig, context: Context, queue: usize, timeout: Duration) -> Result<Self> {
        let producer = ThreadedProducer::from_config_and_context(client, Deliveries(context));
        Ok(Self {
            producer: producer.map_err(|cause| error::to_core("log.connect", &cause))?,
            room: Arc::new(Semaphore::new(queue)),
            timeout,
        })
    }

    /// The client below, for questions about the cluster.
    pub(super) fn client(&self) -> &rdkafka::client::Client<impl ClientContext> {
        self.producer.client()
    }

    /// Why the brokers could not be reached, as it was said last.
    pub(super) fn context(&self) -> &Context {
        &self.producer.client().context().0
    }

    /// Returns the record's number in its partition, once every replica in sync has it.
    pub(super) async fn append(&self, record: Outgoing<'_>) -> Result<u64> {
        let start = Instant::now();
        let result = self.deliver(record, start + self.timeout).await;
        let metrics = &self.context().metrics;
        match &result {
            Ok(_) => metrics.appended(start.elapsed().as_secs_f64()),
            Err(error) => metrics.append_failed(error.kind()),
        }
        result
    }

    async fn deliver(&self, record: Outgoing<'_>, deadline: Instant) -> Result<u64> {
        let room = timeout_at(deadline, Arc::clone(&self.room).acquire_owned()).await;
        let room = room
            .map_err(|_| Error::new(ErrorKind::Overloaded, OPERATION, "the producer's queue is full"))?
            .map_err(|_| Error::new(ErrorKind::Closed, OPERATION, "the log is closed"))?;
        let (answer, answered) = oneshot::channel();
        self.send(record, Waiting { answer, _room: room })?;
        match timeout_at(deadline, answered).await {
            Ok(Ok(delivered)) => delivered,
            Ok(Err(_)) => Err(Error::new(ErrorKind::Closed, OPERATION, "the producer has stopped")),
            Err(_) => Err(Error::new(
                ErrorKind::Unavailable,
                OPERATION,
                "not acknowledged in time",
            )),
        }
    }

    fn send(&self, record: Outgoing<'_>, waiting: Waiting) -> Result<()> {
        let mut out = BaseRecord::<[u8], [u8], _>::with_opaque_to(record.topic, Box::new(waiting))
            .partition(record.partition as i32);
        out.payload = record.payload;
        out.key = record.key;
        out.headers = record.headers;
        let sent = self.producer.send(out);
        sent.map_err(|(cause, _)| error::to_core(OPERATION, &cause))
    }

    /// Lets nobody in any more and delivers what is on its way.
    pub(super) fn flush(&self) -> Result<()> {
        self.room.close();
        let flushed = self.producer.flush(self.timeout);
        flushed.map_err(|cause| error::to_core("log.close", &cause))
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Waiting>;

    fn delivery(&self, result: &DeliveryResult<'_>, waiting: Box<Waiting>) {
        let delivered = match result {
            // A retry whose first try was in the log already: the broker says so, and not where.
            Ok(message) => u64::try_from(message.offset())
                .map_err(|_| Error::new(ErrorKind::Unavailable, OPERATION, "in the log, but nobody said where")),
            Err((cause, _)) => Err(error::to_core(OPERATION, cause)),
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
        // Each record in doubt tells its own caller.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            tracing::error!(reason, "Kafka's producer cannot go on; restart this process");
        }
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
