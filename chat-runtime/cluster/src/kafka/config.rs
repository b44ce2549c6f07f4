//! Where Kafka is, and what the log on it is like.

use std::time::Duration;

use crate::{Credentials, Tls};

/// The log's settings. The defaults are the documentation.
#[derive(Clone, Debug)]
pub struct Config {
    /// Some brokers, as `host:port`; the rest are learnt from them.
    pub brokers: Vec<String>,
    /// Encryption; none is plain text.
    pub tls: Option<Tls>,
    /// Who we are; none is nobody, or the certificate of `tls`.
    pub sasl: Option<Sasl>,
    /// Put before the topics' names (`chat.send`, `chat.receive`, `chat.dead`) and the group's.
    pub topic_prefix: String,
    /// Partitions of a topic that is made: the most workers that can share the load. Of one that exists, it must be what
    /// it has; none takes what it has.
    pub partitions: Option<u32>,
    /// Copies of each partition of a topic that is made.
    pub replication: u16,
    /// Copies that must have a record before it is acknowledged.
    pub min_in_sync: u16,
    /// How long a topic that is made keeps records: how long workers may stand still without loss.
    pub retention: Duration,
    /// How many times the topic was made anew: raised by an operator who did that, so that offsets go on and never restart.
    pub generation: u16,
    /// How producers compress.
    pub compression: Compression,
    /// How long a producer gathers records: latency for fewer, larger requests.
    pub linger: Duration,
    /// How long an append may take, retries included.
    pub delivery_timeout: Duration,
    /// Records that wait in the producer at most; then appends wait, and end in `Overloaded`.
    pub queue: usize,
    /// How long a worker may be silent before its partitions are given to others.
    pub session_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            brokers: Vec::new(),
            tls: None,
            sasl: None,
            topic_prefix: String::new(),
            partitions: None,
            replication: 3,
            min_in_sync: 2,
            retention: Duration::from_secs(168 * 60 * 60),
            generation: 0,
            compression: Compression::Lz4,
            linger: Duration::from_millis(5),
            delivery_timeout: Duration::from_secs(10),
            queue: 100_000,
            session_timeout: Duration::from_secs(10),
        }
    }
}

/// SASL authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sasl {
    /// How.
    pub mechanism: Mechanism,
    /// User and password; the client's id and secret for [`Mechanism::OauthBearer`].
    pub credentials: Credentials,
}

/// A SASL mechanism.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// The password goes over the wire: use TLS.
    Plain,
    /// SCRAM-SHA-256.
    ScramSha256,
    /// SCRAM-SHA-512.
    ScramSha512,
    /// OAUTHBEARER by client credentials.
    OauthBearer {
        /// Where tokens come from: a URL.
        token_endpoint: String,
    },
}

/// How producers compress batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Little CPU.
    #[default]
    Lz4,
    /// Smaller, for more CPU.
    Zstd,
}
