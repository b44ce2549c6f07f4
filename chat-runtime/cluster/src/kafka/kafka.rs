//! Everything that one process has of Kafka, connected and closed together.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    admin::AdminClient, config::FromClientConfigAndContext as _, metadata::Metadata, producer::Producer as _,
};
use talkline_core::{
    Error, ErrorKind, Result,
    offset::Partition,
    port::{DeadLetters, Log},
};
use tokio::time::{Instant, sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::LogIdentity;

use super::{
    Config, Mechanism, Metrics, client,
    context::Context,
    error,
    log::KafkaLog,
    oauth::Tokens,
    producer::Producer,
    topics::{self, Names},
};

const OPERATION: &str = "log.connect";
/// How long the brokers may take to answer at the start.
const CONNECT: Duration = Duration::from_secs(30);
/// How long one question may take; between two, what the client met meanwhile is looked at.
const ASK: Duration = Duration::from_secs(2);
/// How long a health check may take.
const PING: Duration = Duration::from_secs(3);

/// What becomes of topics that are not there.
#[derive(Clone, Copy)]
enum Missing {
    Made,
    Refused,
}

/// The log on Kafka: one producer, and a consumer for each worker that joins.
pub struct Kafka {
    log: Arc<KafkaLog>,
}

impl Kafka {
    /// Reaches the brokers, makes the topics that are missing and checks those that are there.
    ///
    /// # Errors
    /// Of kind `Invalid` where an operator has to act: brokers refuse the credentials or the certificate, or a topic
    /// contradicts `config`. Otherwise the brokers did not answer within 30 seconds.
    pub async fn connect(config: &Config, metrics: Metrics) -> Result<Self> {
        Self::reach(config, metrics, Missing::Made).await
    }

    /// As [`connect`](Kafka::connect), for who only looks: a topic that is missing is an error, and stays missing.
    ///
    /// # Errors
    /// As [`connect`](Kafka::connect).
    pub async fn visit(config: &Config, metrics: Metrics) -> Result<Self> {
        Self::reach(config, metrics, Missing::Refused).await
    }

    async fn reach(config: &Config, metrics: Metrics, missing: Missing) -> Result<Self> {
        let context = Context::new(metrics, tokens(config)?);
        let producer = Producer::new(
            &client::producer(config),
            context.clone(),
            config.queue,
            config.delivery_timeout,
        )?;
        let producer = Arc::new(producer);
        let names = Names::new(&config.topic_prefix);
        let partitions = prepare(config, &producer, context, &names, missing).await?;
        Ok(Self {
            log: Arc::new(KafkaLog {
                config: config.clone(),
                producer,
                names,
                partitions,
                members: TaskTracker::new(),
                stop: CancellationToken::new(),
            }),
        })
    }

    /// The log.
    pub fn log(&self) -> Arc<dyn Log> {
        self.log.clone()
    }

    /// Whether the producer can go on, and a broker answers. A producer that cannot is made anew, so that the next answer is
    /// of another one.
    ///
    /// # Errors
    /// When it cannot, or none does within three seconds.
    pub async fn ping(&self) -> Result<()> {
        self.log.producer.check()?;
        metadata(&self.log.producer, Some(&self.log.names.commands), PING).await?;
        Ok(())
    }

    /// What could not be understood and was put aside.
    pub fn dead_letters(&self) -> Arc<dyn DeadLetters> {
        self.log.clone()
    }

    /// Which log this is: a store that was filled from it keeps to it.
    ///
    /// # Errors
    /// When no broker says which cluster it is of.
    pub async fn identity(&self) -> Result<LogIdentity> {
        identity(&self.log.producer, &self.log.config, &self.log.names).await
    }

    /// Leaves the group and delivers what is on its way. Whoever still holds a port gets errors of kind
    /// [`Closed`](ErrorKind::Closed) from then on.
    ///
    /// # Errors
    /// When records could not be delivered in time.
    pub async fn close(self) -> Result<()> {
        self.log.stop.cancel();
        self.log.members.close();
        self.log.members.wait().await;
        let producer = Arc::clone(&self.log.producer);
        let flushed = tokio::task::spawn_blocking(move || producer.flush()).await;
        self.log.producer.parted().await;
        flushed.map_err(|cause| error::task("log.close", cause))?
    }
}

/// Which log this is, by the cluster that the brokers are of and the topic.
pub(super) async fn identity(producer: &Arc<Producer>, config: &Config, names: &Names) -> Result<LogIdentity> {
    let producer = Arc::clone(producer);
    let asked = tokio::task::spawn_blocking(move || producer.client().client().fetch_cluster_id(PING)).await;
    let cluster = asked.map_err(|cause| error::task(OPERATION, cause))?;
    let silent = || {
        Error::new(
            ErrorKind::Unavailable,
            OPERATION,
            "no broker says which cluster it is of",
        )
    };
    Ok(LogIdentity {
        name: format!("kafka {} {}", cluster.ok_or_else(silent)?, names.commands),
        generation: config.generation,
    })
}

pub(super) fn tokens(config: &Config) -> Result<Option<Arc<Tokens>>> {
    let Some(sasl) = &config.sasl else { return Ok(None) };
    let Mechanism::OauthBearer { token_endpoint } = &sasl.mechanism else {
        return Ok(None);
    };
    let tokens = Tokens::new(token_endpoint, &sasl.credentials);
    let tokens = tokens.map_err(|cause| Error::new(ErrorKind::Invalid, OPERATION, cause))?;
    Ok(Some(Arc::new(tokens)))
}

/// Topics that are there and as they should be; how many partitions the commands have.
async fn prepare(
    config: &Config,
    producer: &Arc<Producer>,
    context: Context,
    names: &Names,
    missing: Missing,
) -> Result<Partition> {
    let deadline = Instant::now() + CONNECT;
    let found = reach(producer, deadline).await?;
    let admin = admin(config, context)?;
    match (&admin, missing) {
        (Some(admin), Missing::Made) => topics::make(admin, config, names, &found, CONNECT).await?,
        (None, _) | (_, Missing::Refused) => topics::require(names, &found)?,
    }
    let partitions = loop {
        if let Some(partitions) = topics::partitions(&reach(producer, deadline).await?, names)
            && are_served(producer, &names.commands, partitions).await?
        {
            break partitions;
        }
        if Instant::now() > deadline {
            let what = format!("topic {} has no leaders", names.commands);
            return Err(Error::new(ErrorKind::Unavailable, OPERATION, what));
        }
        sleep(Duration::from_millis(50)).await;
    };
    topics::check_partitions(config, names, partitions)?;
    if let Some(admin) = &admin {
        topics::check_settings(admin, config, names, CONNECT).await?;
    }
    Ok(partitions)
}

/// Whether the leaders of a topic's partitions answer for them: those of a new topic need a moment after they were named.
async fn are_served(producer: &Arc<Producer>, topic: &str, partitions: Partition) -> Result<bool> {
    let (producer, topic) = (Arc::clone(producer), topic.to_owned());
    let ends = move |partition| {
        producer
            .client()
            .client()
            .fetch_watermarks(&topic, partition as i32, ASK)
    };
    let all = tokio::task::spawn_blocking(move || (0..partitions).all(|partition| ends(partition).is_ok()));
    all.await.map_err(|cause| error::task(OPERATION, cause))
}

/// The client that makes topics and reads their settings. None with OAUTHBEARER: rdkafka's never polls for the request
/// to fetch a token, so it would stay nobody.
pub(super) fn admin(config: &Config, context: Context) -> Result<Option<AdminClient<Context>>> {
    if matches!(&config.sasl, Some(sasl) if matches!(sasl.mechanism, Mechanism::OauthBearer { .. })) {
        return Ok(None);
    }
    let admin = AdminClient::from_config_and_context(&client::base(config), context);
    admin.map(Some).map_err(|cause| error::to_core(OPERATION, &cause))
}

/// All topics, as soon as a broker answers; an error as soon as one refuses us.
pub(super) async fn reach(producer: &Arc<Producer>, deadline: Instant) -> Result<Metadata> {
    loop {
        let error = match metadata(producer, None, ASK).await {
            Ok(metadata) => return Ok(metadata),
            Err(error) => error,
        };
        let failure = producer.context().last_failure();
        match failure {
            Some(failure) if failure.is_refusal() => {
                return Err(Error::new(ErrorKind::Invalid, OPERATION, failure.reason));
            }
            Some(failure) if Instant::now() > deadline => {
                return Err(Error::new(ErrorKind::Unavailable, OPERATION, failure.reason));
            }
            None if Instant::now() > deadline => return Err(error),
            _ => {}
        }
    }
}

async fn metadata(producer: &Arc<Producer>, topic: Option<&str>, timeout: Duration) -> Result<Metadata> {
    let (producer, topic) = (Arc::clone(producer), topic.map(str::to_owned));
    let ask = move || producer.client().client().fetch_metadata(topic.as_deref(), timeout);
    let answer = tokio::task::spawn_blocking(ask).await;
    let answer = answer.map_err(|cause| error::task(OPERATION, cause))?;
    answer.map_err(|cause| error::to_core(OPERATION, &cause))
}
