//! Redis: cache, directory and bus. Never the truth: losing all of it loses no message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Credentials, Drift, Managed, Tls};

/// Redis. Exactly one of `external` and `managed` says where it is; `talkline up` keeps this in memory instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "has(self.external) != has(self.managed)",
    "message": "exactly one of external and managed must be given"
}]))]
pub struct RedisSpec {
    /// A Redis that someone else runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<RedisExternal>,

    /// One server, run by this operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<Managed>,

    /// Put before every key and channel. Absent: the namespace, a colon, the cluster's name and a colon.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9:._-]+$"))]
    pub key_prefix: Option<String>,

    /// Milliseconds after which a command counts as failed and the store is asked instead.
    #[schemars(range(min = 10, max = 10_000))]
    pub timeout_millis: u32,

    /// What to do about settings and access rules that differ from what the runtime needs.
    pub drift: Drift,
}

/// A Redis that someone else runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "(self.mode == 'Sentinel') == has(self.sentinel)",
        "message": "sentinel goes with mode Sentinel, which needs it, and only with it",
        "fieldPath": ".mode"
    },
    {
        "rule": "self.mode != 'Cluster' || self.database == 0",
        "message": "a Redis Cluster has only database 0",
        "fieldPath": ".database"
    }
]))]
pub struct RedisExternal {
    /// What stands behind the addresses.
    #[serde(default)]
    pub mode: RedisMode,

    /// `host:port` of the server (`Standalone`), of the sentinels, or of some nodes of the cluster.
    #[schemars(
        length(min = 1, max = 32),
        inner(length(max = 259), regex(pattern = r"^[A-Za-z0-9.-]+:[0-9]{1,5}$"))
    )]
    pub addresses: Vec<String>,

    /// The database's number.
    #[serde(default)]
    #[schemars(range(min = 0, max = 255))]
    pub database: u8,

    /// TLS. Absent: plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,

    /// The ACL user and its password (`default` is the user of servers that know only a password). Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,

    /// What the sentinels watch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentinel: Option<Sentinel>,
}

/// What the sentinels watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sentinel {
    /// The name under which the sentinels know the primary.
    #[schemars(length(min = 1, max = 253))]
    pub master_name: String,

    /// Credentials for the sentinels themselves. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
}

/// What stands behind a Redis address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RedisMode {
    /// One server.
    #[default]
    Standalone,
    /// A primary that sentinels elect.
    Sentinel,
    /// A Redis Cluster.
    Cluster,
}

impl RedisSpec {
    /// What a cluster that says nothing of Redis gets: one server to try with.
    pub fn managed() -> Self {
        Self {
            managed: Some(Managed::default()),
            ..Self::default()
        }
    }
}

impl Default for RedisSpec {
    fn default() -> Self {
        Self {
            external: None,
            managed: None,
            key_prefix: None,
            timeout_millis: 250,
            drift: Drift::default(),
        }
    }
}
