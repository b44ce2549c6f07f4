//! The client under the producer, and another one in its place once it cannot go on.
//!
//! librdkafka's idempotent producer gives up for good where it could no longer promise order without repetition: the broker
//! has lost what it knew of it, or has fenced it (librdkafka's `INTRODUCTION.md`, "Fatal producer errors"). It must not send
//! again what is in doubt, and does not: each such record tells its own caller, who may append again, and the log's law lets
//! a record stand there twice. So beginning anew is sound here, and saves the sockets that an end of the process would cut.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rdkafka::{
    ClientConfig,
    config::FromClientConfigAndContext as _,
    producer::{Producer as _, ThreadedProducer},
};
use talkline_core::{Error, ErrorKind, Result};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::{context::Context, deliveries::Deliveries, error};

pub(super) type Client = ThreadedProducer<Deliveries>;

/// What made one give up may do so again at once (a right that is missing, say): then this is how often it is tried.
const PAUSE: Duration = Duration::from_secs(10);

/// The client that is used now.
pub(super) struct Renewal {
    settings: ClientConfig,
    context: Context,
    current: RwLock<Current>,
    /// Those that are parted from: what they still have on its way is waited for.
    parting: TaskTracker,
    patience: Duration,
}

struct Current {
    client: Arc<Client>,
    renewed: Option<Instant>,
}

impl Renewal {
    /// `patience`: how long what a client has on its way may take.
    pub(super) fn new(settings: &ClientConfig, context: Context, patience: Duration) -> Result<Self> {
        let client = make(settings, &context)?;
        Ok(Self {
            settings: settings.clone(),
            context,
            current: RwLock::new(Current { client, renewed: None }),
            parting: TaskTracker::new(),
            patience,
        })
    }

    /// The client.
    pub(super) fn client(&self) -> Arc<Client> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current.client)
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// Whether the client can go on. One that cannot is replaced on the way, so that the next question is of another one.
    pub(super) fn check(&self) -> Result<()> {
        let client = self.client();
        let Some((code, reason)) = client.client().fatal_error() else {
            return Ok(());
        };
        self.renew(&client);
        let what = format!("the producer cannot go on: {reason} ({code})");
        Err(Error::new(ErrorKind::Unavailable, "log.ping", what))
    }

    /// Another client in the place of one that cannot go on. None if this one can, or is too young to be given up.
    pub(super) fn renew(&self, given_up: &Arc<Client>) -> Option<Arc<Client>> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&current.client, given_up) {
            // Somebody else met the same.
            return Some(Arc::clone(&current.client));
        }
        let (code, reason) = current.client.client().fatal_error()?;
        if current.renewed.is_some_and(|renewed| renewed.elapsed() < PAUSE) {
            return None;
        }
        current.renewed = Some(Instant::now());
        match make(&self.settings, &self.context) {
            Ok(client) => {
                tracing::error!(?code, reason, "Kafka's producer could not go on, and was made anew");
                self.context.metrics.producer_renewed();
                self.part(std::mem::replace(&mut current.client, Arc::clone(&client)));
                Some(client)
            }
            Err(error) => {
                tracing::error!(?code, reason, %error, "Kafka's producer cannot go on, nor be made anew");
                None
            }
        }
    }

    /// What is in flight is still answered by the broker; only then may the client go.
    fn part(&self, old: Arc<Client>) {
        let patience = self.patience;
        self.parting.spawn_blocking(move || {
            // What was not answered in time is told to its callers as the client goes.
            drop(old.flush(patience));
        });
    }

    /// Waits until those that were parted from are gone.
    pub(super) async fn parted(&self) {
        self.parting.close();
        self.parting.wait().await;
    }
}

fn make(settings: &ClientConfig, context: &Context) -> Result<Arc<Client>> {
    let client = Client::from_config_and_context(settings, Deliveries(context.clone()));
    client
        .map(Arc::new)
        .map_err(|cause| error::to_core("log.connect", &cause))
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;
    use rdkafka::{
        mocking::MockCluster,
        producer::DefaultProducerContext,
        types::{RDKafkaApiKey, RDKafkaRespErr},
    };

    use super::*;
    use crate::kafka::{
        Config, Metrics, client,
        producer::{Outgoing, Producer},
    };

    const TOPIC: &str = "commands";

    /// librdkafka's own broker: a real one cannot be made to forget a producer when a test wants it.
    struct Broker(MockCluster<'static, DefaultProducerContext>);

    impl Broker {
        fn start() -> (Self, Producer) {
            let broker = MockCluster::new(1).unwrap();
            broker.create_topic(TOPIC, 1, 1).unwrap();
            let config = Config {
                brokers: vec![broker.bootstrap_servers()],
                ..Config::default()
            };
            let context = Context::new(Metrics::register(&mut Registry::default()), None);
            let producer = Producer::new(&client::producer(&config), context, 100, config.delivery_timeout);
            (Self(broker), producer.unwrap())
        }

        /// What it answers to a producer of which it has missed something.
        fn forget(&self) {
            let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
            self.0.request_errors(RDKafkaApiKey::Produce, &[error]);
        }
    }

    async fn append(producer: &Producer) -> Result<u64> {
        let record = Outgoing {
            topic: TOPIC,
            partition: 0,
            key: None,
            payload: Some(b"hello"),
            headers: None,
        };
        producer.append(record).await
    }

    #[tokio::test]
    async fn health_sees_one_that_cannot_go_on_and_the_next_one_does() {
        let (broker, producer) = Broker::start();
        let first = append(&producer).await.unwrap();
        assert!(producer.check().is_ok());
        broker.forget();
        // Who waited for it is told to try again: nobody knows whether it is in the log.
        let error = append(&producer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        let seen = producer.check().unwrap_err();
        assert!(seen.to_string().contains("cannot go on"), "{seen}");
        assert!(producer.check().is_ok());
        assert!(append(&producer).await.unwrap() > first);
        producer.parted().await;
    }

    #[tokio::test]
    async fn who_appends_does_not_wait_for_health() {
        let (broker, producer) = Broker::start();
        append(&producer).await.unwrap();
        broker.forget();
        append(&producer).await.unwrap_err();
        append(&producer).await.unwrap();
    }

    #[tokio::test]
    async fn one_that_gives_up_again_at_once_stays_unwell_for_a_while() {
        let (broker, producer) = Broker::start();
        for _ in 0..2 {
            broker.forget();
            append(&producer).await.unwrap_err();
            producer.check().unwrap_err();
        }
        append(&producer).await.unwrap_err();
        producer.check().unwrap_err();
        tokio::time::pause();
        tokio::time::advance(PAUSE).await;
        tokio::time::resume();
        append(&producer).await.unwrap();
        assert!(producer.check().is_ok());
    }
}
