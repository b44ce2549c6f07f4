//! The store: MongoDB.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Credentials, Drift, Managed, SecretKey, Tls};

/// MongoDB. Exactly one of `external` and `managed` says where it is; `talkline up` stores in its data folder instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "has(self.external) != has(self.managed)",
        "message": "exactly one of external and managed must be given"
    },
    {
        "rule": "self.database == oldSelf.database",
        "message": "database cannot change: the messages would stay behind",
        "fieldPath": ".database"
    }
]))]
pub struct MongoSpec {
    /// A MongoDB that someone else runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<MongoExternal>,

    /// A replica set of one member, run by this operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<Managed>,

    /// The database. It cannot change.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub database: String,

    /// Whether collections are sharded by conversation: for a server that is a sharded cluster.
    pub sharded: bool,

    /// Which members answer for history; one's own writes are always read back.
    pub history_reads: HistoryReads,

    /// Connections per pod, at most.
    #[schemars(range(min = 1, max = 1_000))]
    pub max_pool_size: u32,

    /// What to do about collections and indexes that differ from what the runtime needs.
    pub drift: Drift,
}

/// A MongoDB that someone else runs: by one connection string, or by its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "has(self.uri) != has(self.hosts)",
        "message": "exactly one of uri and hosts must be given"
    },
    {
        "rule": "!has(self.uri) || !(has(self.replicaSet) || has(self.credentials))",
        "message": "replicaSet and credentials are part of the uri: remove them",
        "fieldPath": ".uri"
    }
]))]
pub struct MongoExternal {
    /// The whole connection string, in a Secret since it usually holds a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<SecretKey>,

    /// `host:port` of members of the replica set, or of routers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 50),
        inner(length(max = 259), regex(pattern = r"^[A-Za-z0-9.-]+:[0-9]{1,5}$"))
    )]
    pub hosts: Option<Vec<String>>,

    /// The replica set's name. Absent: none, for routers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub replica_set: Option<String>,

    /// User and password (SCRAM), known to the `admin` database. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,

    /// TLS. Absent: plain text, or as the uri says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// Which members answer for history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HistoryReads {
    /// The primary.
    #[default]
    Primary,
    /// A secondary where there is one: less load on the primary, seconds behind at worst.
    SecondaryPreferred,
}

impl MongoSpec {
    /// What a cluster that says nothing of MongoDB gets: one member to try with.
    pub fn managed() -> Self {
        Self {
            managed: Some(Managed::default()),
            ..Self::default()
        }
    }
}

impl Default for MongoSpec {
    fn default() -> Self {
        Self {
            external: None,
            managed: None,
            database: "talkline".to_owned(),
            sharded: false,
            history_reads: HistoryReads::default(),
            max_pool_size: 64,
            drift: Drift::default(),
        }
    }
}
