//! What a test asks of servers as an operator would: who leads, step down, forget everything.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow, bail, ensure};
use futures::future::try_join_all;
use mongodb::{
    Client,
    bson::{Document, doc},
};
use rdkafka::{
    ClientConfig, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::spawn_blocking,
};

use super::Servers;
use crate::waiting::{DEADLINE, eventually, in_time};

/// How long a primary that has stepped down does not stand for election.
const ASIDE: Duration = Duration::from_secs(10);

/// The member that leads the first partition of a topic, such as `kafka-2`.
///
/// # Errors
/// When nobody says.
pub async fn kafka_leader(servers: &Servers, topic: &str) -> Result<String> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers.kafka()?);
    let (consumer, topic): (BaseConsumer, _) = (config.create()?, topic.to_owned());
    let asked = spawn_blocking(move || consumer.fetch_metadata(Some(&topic), DEADLINE));
    let metadata = asked.await??;
    let topic = metadata.topics().first().context("no topic")?;
    let partition = topic.partitions().first().context("no partition")?;
    ensure!(partition.leader() > 0, "{}: nobody leads", topic.name());
    // The script gives the members their numbers as ids.
    Ok(format!("kafka-{}", partition.leader()))
}

/// Appends some bytes to the first partition of a topic, as anybody with a Kafka client can.
///
/// # Errors
/// When nobody takes them.
pub async fn kafka_put(servers: &Servers, topic: &str, payload: &[u8]) -> Result<()> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers.kafka()?);
    let producer: BaseProducer = config.create()?;
    let (topic, payload) = (topic.to_owned(), payload.to_owned());
    let put = move || -> Result<()> {
        let record = BaseRecord::<(), [u8]>::to(&topic).partition(0).payload(&payload);
        producer.send(record).map_err(|(error, _)| error)?;
        Ok(producer.flush(DEADLINE)?)
    };
    spawn_blocking(put).await?
}

/// Takes a topic away with all that is in it, and waits until the brokers show none.
///
/// # Errors
/// When it stays.
pub async fn kafka_forget(servers: &Servers, topic: &str) -> Result<()> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers.kafka()?);
    let admin: AdminClient<DefaultClientContext> = config.create()?;
    for outcome in admin.delete_topics(&[topic], &AdminOptions::new()).await? {
        outcome.map_err(|(topic, code)| anyhow!("{topic}: {code}"))?;
    }
    let consumer: Arc<BaseConsumer> = Arc::new(config.create()?);
    eventually("the topic is gone", async || {
        let consumer = Arc::clone(&consumer);
        let metadata = spawn_blocking(move || consumer.fetch_metadata(None, DEADLINE)).await??;
        let is_gone = metadata.topics().iter().all(|found| found.name() != topic);
        Ok(is_gone.then_some(()))
    })
    .await
}

/// How many records of a topic a group has not done: what it has committed, against the topic's ends.
///
/// # Errors
/// When nobody says.
pub async fn kafka_lag(servers: &Servers, topic: &str, group: &str) -> Result<u64> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers.kafka()?).set("group.id", group);
    let (consumer, topic): (BaseConsumer, _) = (config.create()?, topic.to_owned());
    spawn_blocking(move || lag(&consumer, &topic)).await?
}

fn lag(consumer: &BaseConsumer, topic: &str) -> Result<u64> {
    let metadata = consumer.fetch_metadata(Some(topic), DEADLINE)?;
    let topic = metadata.topics().first().context("no topic")?;
    let mut places = TopicPartitionList::new();
    for partition in topic.partitions() {
        places.add_partition(topic.name(), partition.id());
    }
    let mut waiting = 0;
    for place in consumer.committed_offsets(places, DEADLINE)?.elements() {
        let (first, end) = consumer.fetch_watermarks(place.topic(), place.partition(), DEADLINE)?;
        // Where nothing was committed, nothing was done.
        let done = place.offset().to_raw().filter(|done| *done >= 0).unwrap_or(first);
        waiting += u64::try_from(end - done)?;
    }
    Ok(waiting)
}

/// The member that is MongoDB's primary, such as `mongo-2`.
///
/// # Errors
/// When nobody is.
pub async fn mongo_primary(servers: &Servers) -> Result<String> {
    let told = admin(servers, doc! { "hello": 1 }).await?;
    let primary = told.get_str("primary")?;
    for number in 1.. {
        let name = format!("mongo-{number}");
        if primary.ends_with(&format!(":{}", servers.port(&name)?)) {
            return Ok(name);
        }
    }
    bail!("{primary} is none of ours")
}

/// MongoDB's primary steps down, and another one is elected.
///
/// # Errors
/// When it does not.
pub async fn step_down(servers: &Servers) -> Result<()> {
    let seconds = i64::try_from(ASIDE.as_secs())?;
    admin(servers, doc! { "replSetStepDown": seconds, "force": true })
        .await
        .map(drop)
}

async fn admin(servers: &Servers, command: Document) -> Result<Document> {
    let client = Client::with_uri_str(servers.mongo()?).await?;
    let answer = in_time("MongoDB answers", async {
        Ok(client.database("admin").run_command(command).await?)
    })
    .await;
    client.shutdown().await;
    answer
}

/// Every Redis server forgets everything.
///
/// # Errors
/// When one does not.
pub async fn flush_redis(servers: &Servers) -> Result<()> {
    let urls = servers.redis()?.split(',');
    try_join_all(urls.map(|url| in_time("Redis answers", flush(url.trim_start_matches("redis://"))))).await?;
    Ok(())
}

async fn flush(address: &str) -> Result<()> {
    let mut server = TcpStream::connect(address).await?;
    server.write_all(b"FLUSHALL\r\n").await?;
    let mut answer = [0; 5];
    server.read_exact(&mut answer).await?;
    ensure!(&answer == b"+OK\r\n", "{}", String::from_utf8_lossy(&answer));
    Ok(())
}
