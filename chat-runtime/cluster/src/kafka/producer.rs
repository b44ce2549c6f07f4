//! Appending: one record in, one acknowledgement out, with few allocations between.
//!
//! A callback per delivery answers a oneshot. That is what `FutureProducer` does too, but it waits for room by trying
//! again every 100 ms, where a semaphore lets appends in as they came.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    ClientConfig,
    message::OwnedHeaders,
    producer::{BaseRecord, Producer as _},
};
use talkline_core::{Error, ErrorKind, Result};
use tokio::{
    sync::{Semaphore, oneshot},
    time::{Instant, timeout_at},
};

use super::{
    context::Context,
    deliveries::Waiting,
    error,
    renewal::{Client, Renewal},
};

const OPERATION: &str = "log.append";

/// The one producer of this process.
pub(super) struct Producer {
    renewal: Renewal,
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

impl Producer {
    pub(super) fn new(client: &ClientConfig, context: Context, queue: usize, timeout: Duration) -> Result<Self> {
        Ok(Self {
            renewal: Renewal::new(client, context, timeout)?,
            room: Arc::new(Semaphore::new(queue)),
            timeout,
        })
    }

    /// The client below, for questions about the cluster.
    pub(super) fn client(&self) -> Arc<Client> {
        self.renewal.client()
    }

    /// Whether it can go on.
    pub(super) fn check(&self) -> Result<()> {
        self.renewal.check()
    }

    /// Why the brokers could not be reached, as it was said last.
    pub(super) fn context(&self) -> &Context {
        self.renewal.context()
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
        let client = self.client();
        let Err((cause, out)) = client.send(out) else {
            return Ok(());
        };
        // One that has given up takes nothing, so another one can have it.
        let sent = match self.renewal.renew(&client) {
            Some(client) => client.send(out).map_err(|(cause, _)| cause),
            None => Err(cause),
        };
        sent.map_err(|cause| error::to_core(OPERATION, &cause))
    }

    /// Lets nobody in any more and delivers what is on its way.
    pub(super) fn flush(&self) -> Result<()> {
        self.room.close();
        let flushed = self.client().flush(self.timeout);
        flushed.map_err(|cause| error::to_core("log.close", &cause))
    }

    /// Waits until clients that could not go on are gone.
    pub(super) async fn parted(&self) {
        self.renewal.parted().await;
    }
}
