//! The log: where Kafka is, and what its topics are like.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Drift, KafkaExternal, Managed, Strimzi};

/// Kafka. Exactly one of `external`, `strimzi` and `managed` says where it is; `talkline up` uses its own log instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "[has(self.external), has(self.strimzi), has(self.managed)].filter(present, present).size() == 1",
        "message": "exactly one of external, strimzi and managed must be given"
    },
    {
        "rule": "(has(self.minInSyncReplicas) ? self.minInSyncReplicas : (has(self.managed) ? 1 : 2)) <= (has(self.replicationFactor) ? self.replicationFactor : (has(self.managed) ? 1 : 3))",
        "message": "minInSyncReplicas must not exceed replicationFactor",
        "fieldPath": ".minInSyncReplicas"
    },
    {
        "rule": "!has(self.managed) || !has(self.replicationFactor) || self.replicationFactor == 1",
        "message": "managed Kafka has one broker: remove replicationFactor or set it to 1",
        "fieldPath": ".replicationFactor"
    },
    {
        "rule": "!has(oldSelf.partitions) || (has(self.partitions) && self.partitions == oldSelf.partitions)",
        "message": "partitions cannot change once set: conversations would move to other partitions and lose their order",
        "fieldPath": ".partitions"
    },
    {
        "rule": "has(self.topicPrefix) == has(oldSelf.topicPrefix) && (!has(self.topicPrefix) || self.topicPrefix == oldSelf.topicPrefix)",
        "message": "topicPrefix cannot change: the log would begin anew",
        "fieldPath": ".topicPrefix"
    },
    {
        "rule": "self.generation >= oldSelf.generation",
        "message": "generation cannot fall: new messages would be taken for some that are stored",
        "fieldPath": ".generation"
    }
]))]
pub struct KafkaSpec {
    /// A Kafka that someone else runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<KafkaExternal>,

    /// A Kafka of the Strimzi operator: topics and user are made as its custom resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strimzi: Option<Strimzi>,

    /// One broker, run by this operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed: Option<Managed>,

    /// Put before the topics' names. Absent: the namespace, a dot, the cluster's name and a dot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub topic_prefix: Option<String>,

    /// Partitions of the commands' topic: the most workers that can share the load. It cannot change once set. Absent: as the plan
    /// says when the topic is made, and that from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub partitions: Option<u32>,

    /// How many times the topics were made anew: because Kafka lost them, or because the chat has moved to another Kafka. Raised by one each
    /// time, the log goes on above all that is stored. `docs/operating.md` says how.
    #[schemars(range(min = 0, max = 32_767))]
    pub generation: u16,

    /// Copies of each partition. Absent: 3, and 1 when managed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 7))]
    pub replication_factor: Option<u16>,

    /// Copies that must have a record before it is acknowledged. Absent: 2, and 1 when managed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 7))]
    pub min_in_sync_replicas: Option<u16>,

    /// Hours that commands stay in the log after they were stored: how long workers may stand still without loss.
    #[schemars(range(min = 1, max = 8_760))]
    pub retention_hours: u32,

    /// How producers compress.
    pub compression: Compression,

    /// Milliseconds that a producer gathers records: latency for fewer, larger requests.
    #[schemars(range(min = 0, max = 1_000))]
    pub linger_millis: u32,

    /// What to do about topics that differ from this.
    pub drift: Drift,
}

/// How producers compress batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Compression {
    /// Not at all.
    None,
    /// Little CPU.
    #[default]
    Lz4,
    /// Smaller, for more CPU.
    Zstd,
}

impl KafkaSpec {
    /// What a cluster that says nothing of Kafka gets: one broker to try with.
    pub fn managed() -> Self {
        Self {
            managed: Some(Managed::default()),
            ..Self::default()
        }
    }

    /// Copies of each partition, with its default resolved.
    pub fn replication(&self) -> u16 {
        self.replication_factor
            .unwrap_or(if self.managed.is_some() { 1 } else { 3 })
    }

    /// Copies that must have a record before it is acknowledged, with its default resolved.
    pub fn min_in_sync(&self) -> u16 {
        self.min_in_sync_replicas
            .unwrap_or(if self.managed.is_some() { 1 } else { 2 })
    }
}

impl Default for KafkaSpec {
    fn default() -> Self {
        Self {
            external: None,
            strimzi: None,
            managed: None,
            topic_prefix: None,
            partitions: None,
            generation: 0,
            replication_factor: None,
            min_in_sync_replicas: None,
            retention_hours: 168,
            compression: Compression::default(),
            linger_millis: 5,
            drift: Drift::default(),
        }
    }
}
