//! The settings of librdkafka's clients: what all share, and what a producer and a member of the group add.
//!
//! Names and meanings: librdkafka's `CONFIGURATION.md`.

use std::time::Duration;

use rdkafka::{ClientConfig, config::RDKafkaLogLevel};

use super::{Compression, Config, Mechanism, Sasl, topics::workers};
use crate::Tls;

/// Records that wait in the producer take at most this much memory.
const PRODUCER_KIB: u32 = 512 * 1024;
/// Records fetched ahead of a worker, per partition, and the memory of all of them.
const FETCHED_RECORDS: u32 = 5_000;
const FETCHED_KIB: u32 = 16 * 1024;

/// What every client needs to reach the brokers.
pub(super) fn base(config: &Config) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", config.brokers.join(","))
        .set("client.id", "talkline")
        .set("socket.keepalive.enable", "true")
        .set("log.connection.close", "false")
        // The default of 10 s would leave a gateway without its broker long after that came back.
        .set("reconnect.backoff.max.ms", "2000")
        .set("security.protocol", protocol(config))
        .set_log_level(RDKafkaLogLevel::Warning);
    if let Some(tls) = &config.tls {
        encrypt(&mut client, tls);
    }
    if let Some(sasl) = &config.sasl {
        authenticate(&mut client, sasl);
    }
    client
}

/// A producer whose acknowledgement means that all replicas in sync have the record, once and in order.
pub(super) fn producer(config: &Config) -> ClientConfig {
    let mut client = base(config);
    client
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.type", compression(config.compression))
        .set("linger.ms", fractional_millis(config.linger))
        .set("delivery.timeout.ms", millis(config.delivery_timeout))
        .set("retry.backoff.max.ms", "500")
        .set("queue.buffering.max.messages", config.queue.to_string())
        .set("queue.buffering.max.kbytes", PRODUCER_KIB.to_string())
        .set("statistics.interval.ms", "5000");
    client
}

/// A member of the workers' group. Where it reads is said by the store's mark alone: an offset that is not there is an
/// error, never a jump.
pub(super) fn member(config: &Config) -> ClientConfig {
    let mut client = reader(config, &workers(&config.topic_prefix));
    client
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", millis(config.session_timeout))
        .set("heartbeat.interval.ms", millis(config.session_timeout / 4))
        .set("statistics.interval.ms", "5000");
    client
}

/// A consumer that keeps no offsets.
pub(super) fn reader(config: &Config, group: &str) -> ClientConfig {
    let mut client = base(config);
    client
        .set("group.id", group)
        .set("auto.offset.reset", "error")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("queued.min.messages", FETCHED_RECORDS.to_string())
        .set("queued.max.messages.kbytes", FETCHED_KIB.to_string())
        // How long a full queue is left alone: the default of 1 s would be a pause of the worker.
        .set("fetch.queue.backoff.ms", "20")
        .set("fetch.error.backoff.ms", "100");
    client
}

/// A consumer of single records: what comes after them is of no use.
pub(super) fn lookup(config: &Config) -> ClientConfig {
    let mut client = reader(config, &workers(&config.topic_prefix));
    client.set("fetch.wait.max.ms", "10").set("queued.min.messages", "1");
    client
}

fn protocol(config: &Config) -> &'static str {
    match (&config.tls, &config.sasl) {
        (None, None) => "plaintext",
        (Some(_), None) => "ssl",
        (None, Some(_)) => "sasl_plaintext",
        (Some(_), Some(_)) => "sasl_ssl",
    }
}

fn encrypt(client: &mut ClientConfig, tls: &Tls) {
    let ca = tls.ca.as_ref().map(|path| path.display().to_string());
    // OpenSSL is linked in and knows no system: `probe` looks where systems keep their authorities.
    client.set("ssl.ca.location", ca.as_deref().unwrap_or("probe"));
    if let Some(identity) = &tls.identity {
        client
            .set("ssl.certificate.location", identity.certificate.display().to_string())
            .set("ssl.key.location", identity.key.display().to_string());
    }
}

fn authenticate(client: &mut ClientConfig, sasl: &Sasl) {
    let (name, password) = match sasl.mechanism {
        Mechanism::Plain => ("PLAIN", true),
        Mechanism::ScramSha256 => ("SCRAM-SHA-256", true),
        Mechanism::ScramSha512 => ("SCRAM-SHA-512", true),
        Mechanism::OauthBearer { .. } => ("OAUTHBEARER", false),
    };
    client.set("sasl.mechanism", name);
    if password {
        client
            .set("sasl.username", &sasl.credentials.username)
            .set("sasl.password", sasl.credentials.password.reveal());
    }
}

fn compression(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Lz4 => "lz4",
        Compression::Zstd => "zstd",
    }
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

fn fractional_millis(duration: Duration) -> String {
    (duration.as_secs_f64() * 1000.0).to_string()
}
