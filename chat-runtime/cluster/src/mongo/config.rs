//! Where MongoDB is, and how it is asked.

use std::time::Duration;

use talkline_core::offset::Partition;

use crate::{Credentials, Secret, Tls};

/// The store's settings. The defaults are the documentation.
#[derive(Clone, Debug)]
pub struct Config {
    /// The connection string, `mongodb://…`; it may hold a password.
    pub url: Secret,
    /// Who we are, if the connection string does not say.
    pub credentials: Option<Credentials>,
    /// Encryption; none is as the connection string says.
    pub tls: Option<Tls>,
    /// The database: one a cluster.
    pub database: String,
    /// Partitions of the log: whose mark counts for a conversation follows from that.
    pub partitions: Partition,
    /// Which members answer for history.
    pub history_reads: HistoryReads,
    /// Whether this process may be the one that brings the search index up: one of all that may does.
    pub index: bool,
    /// Connections at most.
    pub max_pool_size: u32,
    /// How long a call may take.
    pub timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: Secret::new("mongodb://127.0.0.1:27017/"),
            credentials: None,
            tls: None,
            database: "talkline".to_owned(),
            partitions: 1,
            history_reads: HistoryReads::default(),
            index: true,
            max_pool_size: 64,
            timeout: Duration::from_secs(10),
        }
    }
}

/// Which members answer for history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HistoryReads {
    /// The primary.
    #[default]
    Primary,
    /// A secondary where there is one: less load on the primary, seconds behind at worst. One's own writes are read back
    /// nevertheless.
    SecondaryPreferred,
}
