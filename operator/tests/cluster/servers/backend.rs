//! The servers that all tests share, and what is this test's there: changed and asked as anybody with a client can.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use mongodb::{
    Client,
    bson::{Document, doc},
};
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, ResourceSpecifier},
    client::DefaultClientContext,
};
use serde_json::{Value, json};
use talkline_cluster::{
    LogIdentity, Secret, kafka, mongo,
    provision::{Policy, Report},
    redis,
};
use talkline_e2e::Servers;
use tokio::runtime::Runtime;

const RETENTION: &str = "retention.ms";

pub(super) struct Backend {
    servers: Servers,
    runtime: Runtime,
    /// What the names of everything here begin with.
    word: String,
}

impl Backend {
    /// None where there are no servers, after saying that `tests` did not run.
    pub(super) fn shared(tests: &str) -> Result<Option<Self>> {
        let Some(servers) = Servers::shared(tests)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            servers,
            runtime: Runtime::new()?,
            word: format!("operator-{:08x}", rand::random::<u32>()),
        }))
    }

    pub(super) fn mongo_url(&self) -> String {
        self.servers.mongo().unwrap_or_default().to_owned()
    }

    /// The spec of a ChatCluster here. Its connection string is in a Secret.
    pub(super) fn spec(&self) -> Value {
        let kafka = self.kafka();
        json!({
            "gateway": { "replicas": 1 }, "worker": { "replicas": 1 },
            "kafka": {
                "external": { "bootstrapServers": kafka.brokers },
                "topicPrefix": kafka.topic_prefix, "replicationFactor": 1, "minInSyncReplicas": 1,
            },
            "redis": { "external": { "addresses": self.redis().addresses }, "keyPrefix": self.redis().key_prefix },
            "mongo": { "external": { "uri": { "name": "mongo", "key": "url" } }, "database": self.word },
        })
    }

    fn kafka(&self) -> kafka::Config {
        kafka::Config {
            brokers: self
                .servers
                .kafka()
                .unwrap_or_default()
                .split(',')
                .map(str::to_owned)
                .collect(),
            topic_prefix: format!("{}.", self.word),
            replication: 1,
            min_in_sync: 1,
            ..kafka::Config::default()
        }
    }

    fn mongo(&self) -> mongo::Config {
        mongo::Config {
            url: Secret::new(self.mongo_url()),
            database: self.word.clone(),
            ..mongo::Config::default()
        }
    }

    fn redis(&self) -> redis::Config {
        let urls = self.servers.redis().unwrap_or_default().split(',');
        redis::Config {
            addresses: urls.map(|url| url.trim_start_matches("redis://").to_owned()).collect(),
            key_prefix: format!("{}:", self.word),
            timeout: Duration::from_secs(2),
            ..redis::Config::default()
        }
    }

    /// What topics and database lack.
    pub(super) fn lacks(&self) -> Result<Vec<String>> {
        self.runtime.block_on(async {
            let log = kafka::provision(&self.kafka(), Policy::Observe).await?;
            let store = mongo::provision(&self.mongo(), Some(&log.identity), false, Policy::Observe).await?;
            let Report { mut drift, refused, .. } = log.report;
            drift.extend(refused);
            drift.extend(store.drift);
            drift.extend(store.refused);
            Ok(drift)
        })
    }

    /// Says that the database belongs to a log.
    pub(super) fn claim(&self, name: &str) -> Result<()> {
        let log = LogIdentity {
            name: name.to_owned(),
            generation: 0,
        };
        self.with_schema(async |schema| {
            let owner = doc! { "$set": { "name": &log.name, "generation": i32::from(log.generation) } };
            schema.update_one(doc! { "_id": "log" }, owner).upsert(true).await?;
            Ok(())
        })
    }

    /// Nobody's database again.
    pub(super) fn disown(&self) -> Result<()> {
        self.with_schema(async |schema| {
            schema.delete_one(doc! { "_id": "log" }).await?;
            Ok(())
        })
    }

    fn with_schema<T>(&self, work: impl AsyncFnOnce(&mongodb::Collection<Document>) -> Result<T>) -> Result<T> {
        self.runtime.block_on(async {
            let client = Client::with_uri_str(self.mongo_url()).await?;
            let done = work(&client.database(&self.word).collection("schema")).await;
            client.shutdown().await;
            done
        })
    }

    pub(super) fn retention(&self) -> Result<u64> {
        let (admin, topic) = (self.admin()?, self.commands());
        let topics = [ResourceSpecifier::Topic(&topic)];
        let described = self
            .runtime
            .block_on(admin.describe_configs(&topics, &AdminOptions::new()))?;
        let topic = described.into_iter().next().context("no answer")?;
        let topic = topic.map_err(|code| anyhow::anyhow!("{code}"))?;
        let value = topic.get(RETENTION).and_then(|entry| entry.value.clone());
        Ok(value.context(RETENTION)?.parse()?)
    }

    pub(super) fn set_retention(&self, millis: u64) -> Result<()> {
        let (admin, topic, millis) = (self.admin()?, self.commands(), millis.to_string());
        let change = AlterConfig::new(ResourceSpecifier::Topic(&topic)).set(RETENTION, &millis);
        self.runtime
            .block_on(admin.alter_configs([&change], &AdminOptions::new()))?;
        Ok(())
    }

    pub(super) fn add_partition(&self) -> Result<()> {
        let (admin, topic) = (self.admin()?, self.commands());
        let more = NewPartitions::new(&topic, 4);
        let added = self
            .runtime
            .block_on(admin.create_partitions([&more], &AdminOptions::new()))?;
        for outcome in added {
            outcome.map_err(|(topic, code)| anyhow::anyhow!("{topic}: {code}"))?;
        }
        Ok(())
    }

    /// Puts a key under the prefix, and one that is somebody else's.
    pub(super) fn put_keys(&self) -> Result<()> {
        self.redis_command(&["SET", &format!("{}:key", self.word), "1"])?;
        self.redis_command(&["SET", &self.others_key(), "1", "EX", "600"])
            .map(drop)
    }

    pub(super) fn others_key_is_there(&self) -> Result<()> {
        let answer = self.redis_command(&["DEL", &self.others_key()])?;
        ensure!(answer == ":1", "{answer}");
        Ok(())
    }

    fn others_key(&self) -> String {
        format!("others:{}:key", self.word)
    }

    /// Whether there are the topics, the database, the key.
    pub(super) fn is_there(&self) -> Result<(bool, bool, bool)> {
        let topics = self.runtime.block_on(async {
            let log = kafka::provision(&self.kafka(), Policy::Observe).await?;
            anyhow::Ok(log.partitions.is_some())
        })?;
        let database = self.with_schema(async |schema| Ok(schema.count_documents(doc! {}).await? > 0))?;
        let key = self.redis_command(&["EXISTS", &format!("{}:key", self.word)])? == ":1";
        Ok((topics, database, key))
    }

    /// What Redis answers in its first line.
    fn redis_command(&self, words: &[&str]) -> Result<String> {
        let address = &self.redis().addresses[0];
        let mut server = TcpStream::connect(address)?;
        server.set_read_timeout(Some(Duration::from_secs(10)))?;
        server.write_all(format!("{}\r\n", words.join(" ")).as_bytes())?;
        let mut answer = String::new();
        BufReader::new(server).read_line(&mut answer)?;
        Ok(answer.trim_end().to_owned())
    }

    fn commands(&self) -> String {
        kafka::commands(&self.kafka().topic_prefix)
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>> {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", self.kafka().brokers.join(","));
        Ok(client.create()?)
    }
}
