//! Where Redis is, and how long it is waited for.

use std::time::Duration;

use crate::{Credentials, Tls};

/// Redis' settings. The defaults are the documentation.
#[derive(Clone, Debug)]
pub struct Config {
    /// What stands behind the addresses.
    pub mode: Mode,
    /// `host:port` of the server, of the sentinels, or of some nodes of the cluster.
    pub addresses: Vec<String>,
    /// The database's number; a cluster has only 0.
    pub database: u8,
    /// The ACL user and its password (`default` is the user of servers that know only a password).
    pub credentials: Option<Credentials>,
    /// Encryption; none is plain text.
    pub tls: Option<Tls>,
    /// Put before every key and channel.
    pub key_prefix: String,
    /// After this a command counts as failed.
    pub timeout: Duration,
    /// Signals that wait in a subscriber's inbox at most; past it, it loses some and is told so.
    pub inbox: usize,
    /// How long a gateway may be silent before its sockets count as gone.
    pub presence_expiry: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::Standalone,
            addresses: Vec::new(),
            database: 0,
            credentials: None,
            tls: None,
            key_prefix: String::new(),
            timeout: Duration::from_millis(250),
            inbox: 65_536,
            presence_expiry: Duration::from_secs(30),
        }
    }
}

/// What stands behind an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// One server.
    #[default]
    Standalone,
    /// A primary that sentinels elect.
    Sentinel(Sentinel),
    /// A Redis Cluster.
    Cluster,
}

/// What the sentinels watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentinel {
    /// The name under which the sentinels know the primary.
    pub master_name: String,
    /// Credentials for the sentinels themselves.
    pub credentials: Option<Credentials>,
}
