//! Cache, directory and bus: named addresses, or one of our own.

use talkline_crds::{
    ChatClusterSpec,
    spec::{self, RedisMode},
};

use super::{Managed, REDIS_PORT};
use crate::validate::{Login, Trust};

/// Cache, directory and bus.
#[derive(Clone, Debug)]
pub(crate) struct Redis {
    /// What stands behind the addresses.
    pub(crate) mode: RedisMode,
    /// `host:port` of the server, the sentinels, or some nodes.
    pub(crate) addresses: Vec<String>,
    /// The database's number.
    pub(crate) database: u8,
    /// TLS; none for plain text.
    pub(crate) trust: Option<Trust>,
    /// User and password.
    pub(crate) login: Option<Login>,
    /// What the sentinels watch, and who we are to them.
    pub(crate) sentinel: Option<(String, Option<Login>)>,
    /// Put before every key and channel.
    pub(crate) key_prefix: String,
    /// The one that we run.
    pub(crate) managed: Option<Managed>,
}

pub(in crate::validate) fn redis(spec: &ChatClusterSpec, name: &str, namespace: &str) -> Redis {
    let redis = &spec.redis;
    let key_prefix = redis
        .key_prefix
        .clone()
        .unwrap_or_else(|| format!("{namespace}:{name}:"));
    let Some(external) = &redis.external else {
        let managed = redis
            .managed
            .as_ref()
            .map(|spec| Managed::new(name, namespace, "redis", spec));
        return Redis {
            mode: RedisMode::Standalone,
            addresses: managed
                .iter()
                .map(|managed| format!("{}:{REDIS_PORT}", managed.host))
                .collect(),
            database: 0,
            trust: None,
            login: None,
            sentinel: None,
            key_prefix,
            managed,
        };
    };
    let of_sentinel = |sentinel: &spec::Sentinel| {
        let login = sentinel.credentials.as_ref().map(Login::from);
        (sentinel.master_name.clone(), login)
    };
    Redis {
        mode: external.mode,
        addresses: external.addresses.clone(),
        database: external.database,
        trust: external.tls.as_ref().map(Trust::from),
        login: external.credentials.as_ref().map(Login::from),
        sentinel: external.sentinel.as_ref().map(of_sentinel),
        key_prefix,
        managed: None,
    }
}
