//! The ports on real servers: the one place that names those adapters.

use std::{sync::Arc, time::Duration};

use prometheus_client::registry::Registry;
use talkline_cluster::{LogIdentity, kafka, kafka::Kafka, mongo, mongo::Mongo, redis, redis::Redis};
use talkline_core::{Error, ErrorKind, Result, offset::Partition, port::DeadLetters};
use talkline_gateway::{Ports, clock::SystemClock};

use crate::{
    certificates::Expiries,
    config::{self, Servers},
    dependencies::Dependencies,
    failure::Failure,
    patience::Patience,
    telemetry::Traces,
};

/// How long a server may take to say that it is well, and to part.
const DEADLINE: Duration = Duration::from_secs(4);
const PARTING: Duration = Duration::from_secs(10);

/// What a store has to know of the log that it is filled from.
pub(crate) struct LogFacts {
    pub(crate) partitions: Partition,
    pub(crate) identity: LogIdentity,
}

/// The servers that are used, connected.
#[derive(Default)]
pub(crate) struct Cluster {
    dependencies: Dependencies,
    certificates: Expiries,
    kafka: Option<Kafka>,
    mongo: Option<Mongo>,
    redis: Option<Redis>,
}

impl Cluster {
    /// Connects to all servers.
    pub(crate) async fn connect(
        servers: Servers,
        patience: Patience,
        registry: &mut Registry,
    ) -> std::result::Result<Self, Failure> {
        let cluster = Self::log(servers.kafka, patience, registry).await?;
        let log = cluster.facts().await?.ok_or_else(|| config::missing("kafka.brokers"))?;
        cluster.and(servers.mongo, servers.redis, log, patience, registry).await
    }

    /// Connects to the log, if it is Kafka.
    pub(crate) async fn log(
        kafka: Option<kafka::Config>,
        patience: Patience,
        registry: &mut Registry,
    ) -> std::result::Result<Self, Failure> {
        let mut cluster = Self {
            dependencies: Dependencies::register(registry),
            certificates: Expiries::register(registry),
            ..Self::default()
        };
        if let Some(config) = kafka {
            cluster.certificates.of("log", config.tls.as_ref());
            let metrics = kafka::Metrics::register(registry);
            let connect = async || Kafka::connect(&config, metrics.clone()).await;
            cluster.kafka = Some(patience.reach("Kafka", connect).await?);
        }
        Ok(cluster)
    }

    /// Visits a log for the records that were put aside in it. Makes nothing.
    pub(crate) async fn dead_letters(
        config: kafka::Config,
        patience: Patience,
    ) -> std::result::Result<(Self, Arc<dyn DeadLetters>), Failure> {
        let metrics = kafka::Metrics::register(&mut Registry::default());
        let visit = async || Kafka::visit(&config, metrics.clone()).await;
        let kafka = patience.reach("Kafka", visit).await?;
        let letters = kafka.dead_letters();
        let cluster = Self {
            kafka: Some(kafka),
            ..Self::default()
        };
        Ok((cluster, letters))
    }

    /// Connects to the others, if they are servers, beside this log.
    pub(crate) async fn and(
        mut self,
        mongo: Option<mongo::Config>,
        redis: Option<redis::Config>,
        log: LogFacts,
        patience: Patience,
        registry: &mut Registry,
    ) -> std::result::Result<Self, Failure> {
        if let Some(config) = mongo {
            self.certificates.of("store", config.tls.as_ref());
            let partitions = log.partitions;
            let config = mongo::Config { partitions, ..config };
            let metrics = mongo::Metrics::register(registry);
            let connect = async || {
                let mongo = Mongo::connect(&config, metrics.clone()).await?;
                match mongo.belongs_to(&log.identity).await {
                    Ok(()) => Ok(mongo),
                    Err(error) => {
                        mongo.close().await;
                        Err(error)
                    }
                }
            };
            self.mongo = Some(patience.reach("MongoDB", connect).await?);
        }
        if let Some(config) = redis {
            self.certificates.of("bus", config.tls.as_ref());
            let metrics = redis::Metrics::register(registry);
            let connect = async || Redis::connect(&config, metrics.clone()).await;
            self.redis = Some(patience.reach("Redis", connect).await?);
        }
        Ok(self)
    }

    /// What is to be known of the log, if it is Kafka.
    pub(crate) async fn facts(&self) -> std::result::Result<Option<LogFacts>, Failure> {
        let Some(kafka) = &self.kafka else { return Ok(None) };
        Ok(Some(LogFacts {
            partitions: kafka.log().partitions(),
            identity: kafka.identity().await.map_err(Failure::broken)?,
        }))
    }

    /// All ports, where all servers are used.
    pub(crate) fn ports(&self, traces: &Traces) -> Option<Ports> {
        let (kafka, mongo, redis) = (self.kafka.as_ref()?, self.mongo.as_ref()?, self.redis.as_ref()?);
        Some(Ports {
            log: kafka.log(),
            store: mongo.store(),
            search: mongo.search(),
            accounts: mongo.accounts(),
            fan_out: redis.fan_out(),
            limits: redis.limits(),
            presence: redis.presence(),
            recent: redis.recent(),
            clock: Arc::new(SystemClock),
            tracer: traces.tracer(),
        })
    }

    /// These ports, but for those that a server has.
    pub(crate) fn over(&self, mut ports: Ports) -> Ports {
        if let Some(kafka) = &self.kafka {
            ports.log = kafka.log();
        }
        if let Some(mongo) = &self.mongo {
            (ports.store, ports.search, ports.accounts) = (mongo.store(), mongo.search(), mongo.accounts());
        }
        if let Some(redis) = &self.redis {
            (ports.fan_out, ports.limits) = (redis.fan_out(), redis.limits());
            (ports.presence, ports.recent) = (redis.presence(), redis.recent());
        }
        ports
    }

    /// Whether the log, the store and the bus answer; true of one that is no server.
    pub(crate) async fn answers(&self) -> [(&'static str, bool); 3] {
        let (log, store, bus) = tokio::join!(
            self.well("log", self.kafka.as_ref().map(Kafka::ping)),
            self.well("store", self.mongo.as_ref().map(Mongo::ping)),
            self.well("bus", self.redis.as_ref().map(Redis::ping)),
        );
        [("log", log), ("store", store), ("bus", bus)]
    }

    async fn well(&self, part: &'static str, probe: Option<impl Future<Output = Result<()>>>) -> bool {
        let Some(probe) = probe else { return true };
        let late = |_| Error::new(ErrorKind::Unavailable, "cluster.ping", "no answer in time");
        let answer = tokio::time::timeout(DEADLINE, probe).await.map_err(late).flatten();
        self.dependencies.answered(part, &answer);
        answer.is_ok()
    }

    /// Parts from the servers: what is in hand is sent, and the group is left.
    pub(crate) async fn close(self) {
        let parting = async {
            if let Some(kafka) = self.kafka
                && let Err(error) = kafka.close().await
            {
                tracing::error!(%error, "the log's last records were not delivered");
            }
            if let Some(redis) = self.redis {
                redis.close().await;
            }
            if let Some(mongo) = self.mongo {
                mongo.close().await;
            }
        };
        if tokio::time::timeout(PARTING, parting).await.is_err() {
            tracing::error!("the connections to the servers did not end in time");
        }
    }
}
