//! The log: where Kafka is, and what its topics are like.

use talkline_cluster::kafka::{self, Compression, Mechanism, Sasl};

use super::{credentials, credentials::Login, tls, tls::Files, url::is_host_and_port};
use crate::config::{
    field::{HOURS, MILLIS, SECONDS, choice, choice_if_any, list, number, number_if_any, text, text_if_any, time},
    key::Key,
};

const COMPRESSIONS: &[(&str, Compression)] = &[
    ("None", Compression::None),
    ("Lz4", Compression::Lz4),
    ("Zstd", Compression::Zstd),
];
const MECHANISMS: &[(&str, MechanismName)] = &[
    ("Plain", MechanismName::Plain),
    ("ScramSha256", MechanismName::ScramSha256),
    ("ScramSha512", MechanismName::ScramSha512),
    ("OauthBearer", MechanismName::OauthBearer),
];

/// Kafka as it is set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kafka {
    config: kafka::Config,
    tls: Files,
    mechanism: Option<MechanismName>,
    login: Login,
    token_endpoint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MechanismName {
    Plain,
    ScramSha256,
    ScramSha512,
    OauthBearer,
}

pub(super) fn keys() -> Vec<Key> {
    let mut keys = topics();
    keys.splice(0..0, place());
    keys.extend(clients());
    keys
}

fn place() -> Vec<Key> {
    let mut keys = vec![Key::new(
        "kafka.brokers",
        "Some brokers; the rest are learnt from them.",
        list("host:port", is_host_and_port, |s| &mut s.kafka.config.brokers),
    )];
    keys.extend(tls::keys("kafka", |s| &mut s.kafka.tls));
    keys.push(Key::new(
        "kafka.sasl.mechanism",
        "How we say who we are; without it, by nothing but a certificate. Plain needs TLS.",
        choice_if_any(MECHANISMS, |s| &mut s.kafka.mechanism),
    ));
    keys.extend(credentials::keys("kafka.sasl", |s| &mut s.kafka.login));
    keys.push(Key::new(
        "kafka.sasl.tokenEndpoint",
        "Where OauthBearer gets its tokens, with user and password as the client's id and secret.",
        text_if_any("an http:// or https:// URL", is_http, |s| &mut s.kafka.token_endpoint),
    ));
    keys
}

fn topics() -> Vec<Key> {
    vec![
        Key::new(
            "kafka.topicPrefix",
            "Put before the topics' names (chat.send, chat.receive, chat.dead) and the group's. It cannot change: the log would begin anew.",
            text(
                "up to 128 letters, digits, dots, hyphens or underscores",
                is_topic,
                |s| &mut s.kafka.config.topic_prefix,
            ),
        ),
        Key::new(
            "kafka.partitions",
            "Partitions of a topic that is made: the most workers that can share the load. Of one that exists, it must be what it has.",
            number_if_any(1..=10_000, |s| &mut s.kafka.config.partitions),
        ),
        Key::new(
            "kafka.replicationFactor",
            "Copies of each partition of a topic that is made.",
            number(1..=7, |s| &mut s.kafka.config.replication),
        ),
        Key::new(
            "kafka.minInSyncReplicas",
            "Copies that must have a record before it is acknowledged.",
            number(1..=7, |s| &mut s.kafka.config.min_in_sync),
        ),
        Key::new(
            "kafka.retentionHours",
            "Hours that a topic that is made keeps records: how long workers may stand still without loss.",
            time(HOURS, 1..=8_760, |s| &mut s.kafka.config.retention),
        ),
        Key::new(
            "kafka.generation",
            "How many times the topic was made anew. Raise it when you did that, so that offsets go on.",
            number(0..=32_767, |s| &mut s.kafka.config.generation),
        ),
    ]
}

fn clients() -> Vec<Key> {
    vec![
        Key::new(
            "kafka.compression",
            "How producers compress.",
            choice(COMPRESSIONS, |s| &mut s.kafka.config.compression),
        ),
        Key::new(
            "kafka.lingerMillis",
            "Milliseconds that a producer gathers records: latency for fewer, larger requests.",
            time(MILLIS, 0..=1_000, |s| &mut s.kafka.config.linger),
        ),
        Key::new(
            "kafka.deliveryTimeoutSeconds",
            "Seconds that an append may take, retries included.",
            time(SECONDS, 1..=300, |s| &mut s.kafka.config.delivery_timeout),
        ),
        Key::new(
            "kafka.queueRecords",
            "Records that wait in the producer at most; past it, appends are refused as overload.",
            number(100..=10_000_000, |s| &mut s.kafka.config.queue),
        ),
        Key::new(
            "kafka.sessionTimeoutSeconds",
            "Seconds that a worker may be silent before its partitions are given to others.",
            time(SECONDS, 6..=300, |s| &mut s.kafka.config.session_timeout),
        ),
    ]
}

impl Kafka {
    /// What the adapter wants; nothing where no broker is named.
    ///
    /// # Errors
    /// What does not go together.
    pub(in crate::config) fn config(&self) -> Result<Option<kafka::Config>, String> {
        if self.config.brokers.is_empty() {
            return Ok(None);
        }
        if self.config.min_in_sync > self.config.replication {
            return Err("kafka.minInSyncReplicas must not exceed kafka.replicationFactor".to_owned());
        }
        Ok(Some(kafka::Config {
            tls: self.tls.tls("kafka")?,
            sasl: self.sasl()?,
            ..self.config.clone()
        }))
    }

    fn sasl(&self) -> Result<Option<Sasl>, String> {
        let credentials = self.login.credentials("kafka.sasl")?;
        let mechanism = self.mechanism()?;
        match (mechanism, credentials) {
            (Some(mechanism), Some(credentials)) => Ok(Some(Sasl { mechanism, credentials })),
            (None, None) => Ok(None),
            (Some(_), None) => Err("kafka.sasl.mechanism needs kafka.sasl.username and its password".to_owned()),
            (None, Some(_)) => Err("kafka.sasl.username needs kafka.sasl.mechanism".to_owned()),
        }
    }

    fn mechanism(&self) -> Result<Option<Mechanism>, String> {
        let endpoint = self.token_endpoint.clone();
        match (self.mechanism, endpoint) {
            (Some(MechanismName::OauthBearer), Some(token_endpoint)) => {
                Ok(Some(Mechanism::OauthBearer { token_endpoint }))
            }
            (Some(MechanismName::OauthBearer), None) => {
                Err("kafka.sasl.mechanism OauthBearer needs kafka.sasl.tokenEndpoint".to_owned())
            }
            (_, Some(_)) => Err("kafka.sasl.tokenEndpoint goes with mechanism OauthBearer only".to_owned()),
            (Some(MechanismName::Plain), None) => Ok(Some(Mechanism::Plain)),
            (Some(MechanismName::ScramSha256), None) => Ok(Some(Mechanism::ScramSha256)),
            (Some(MechanismName::ScramSha512), None) => Ok(Some(Mechanism::ScramSha512)),
            (None, None) => Ok(None),
        }
    }
}

fn is_topic(text: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    text.len() <= 128 && text.chars().all(letter)
}

fn is_http(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}
