//! The root of the API: one object, one chat platform.
#![allow(
    clippy::duplicated_attributes,
    reason = "printer columns of one type look like a repeated attribute"
)]

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec::{
    AuthSpec, CapacitySpec, GatewaySpec, ImageSpec, KafkaSpec, LimitsSpec, MailSpec, MediaSpec, MongoSpec,
    MonitoringSpec, NetworkPolicySpec, PodTemplate, RedisSpec, RetentionSpec, WorkerSpec,
};
use crate::status::ChatClusterStatus;

/// What a chat platform shall be. Every field has a default: an empty spec is a small platform to try.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "talkline.dev",
    version = "v1alpha1",
    kind = "ChatCluster",
    plural = "chatclusters",
    shortname = "chat",
    shortname = "chats",
    category = "all",
    category = "talkline",
    namespaced,
    status = "ChatClusterStatus",
    derive = "PartialEq",
    doc = "A chat platform: gateways, workers, and what they need of Kafka, Redis and MongoDB.",
    scale(
        spec_replicas_path = ".spec.gateway.replicas",
        status_replicas_path = ".status.gateway.replicas",
        label_selector_path = ".status.gateway.selector"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(name = "Gateways", type_ = "integer", json_path = ".status.gateway.readyReplicas"),
    printcolumn(name = "Workers", type_ = "integer", json_path = ".status.worker.readyReplicas"),
    printcolumn(name = "Sockets", type_ = "integer", json_path = ".status.gateway.sockets"),
    printcolumn(name = "Lag", type_ = "integer", json_path = ".status.worker.lag", priority = 1),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version", priority = 1),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.endpoints.url"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "!has(self.worker.autoscaling) || !has(self.kafka.partitions) || self.worker.autoscaling.maxReplicas <= self.kafka.partitions",
        "message": "worker.autoscaling.maxReplicas must not exceed kafka.partitions: a worker without a partition idles",
        "fieldPath": ".worker.autoscaling.maxReplicas"
    },
    {
        "rule": "!has(self.worker.replicas) || !has(self.kafka.partitions) || self.worker.replicas <= self.kafka.partitions",
        "message": "worker.replicas must not exceed kafka.partitions: a worker without a partition idles",
        "fieldPath": ".worker.replicas"
    },
    {
        "rule": "!has(self.gateway.autoscaling) || self.gateway.autoscaling.kind != 'Keda' || has(self.monitoring.prometheusUrl)",
        "message": "gateway.autoscaling.kind Keda scales by sockets, which it asks Prometheus for: set monitoring.prometheusUrl",
        "fieldPath": ".gateway.autoscaling.kind"
    }
]))]
pub struct ChatClusterSpec {
    /// The image of the pods.
    pub image: ImageSpec,

    /// The load that the cluster is sized for.
    pub capacity: CapacitySpec,

    /// The gateways: sockets and REST.
    pub gateway: GatewaySpec,

    /// The workers: from the log to the store to the sockets.
    pub worker: WorkerSpec,

    /// The log.
    #[serde(default = "KafkaSpec::managed")]
    pub kafka: KafkaSpec,

    /// Cache, directory and bus.
    #[serde(default = "RedisSpec::managed")]
    pub redis: RedisSpec,

    /// The store.
    #[serde(default = "MongoSpec::managed")]
    pub mongo: MongoSpec,

    /// Accounts, sign-in and tokens.
    pub auth: AuthSpec,

    /// What one user, or one address, may ask for.
    pub limits: LimitsSpec,

    /// How long things are kept.
    pub retention: RetentionSpec,

    /// Uploads. The chat has none yet: what stands here is checked, and nothing comes of it.
    #[serde(default = "MediaSpec::on_volume")]
    pub media: MediaSpec,

    /// How mail leaves. The chat sends none yet: what stands here is checked, and nothing comes of it.
    pub mail: MailSpec,

    /// Metrics, logs and traces.
    pub monitoring: MonitoringSpec,

    /// Who may talk to the pods, and whom they may talk to.
    pub network_policy: NetworkPolicySpec,

    /// Overrides of all pods, merged over what the operator builds; a role's own are merged after them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_template: Option<PodTemplate>,

    /// What becomes of data (topics, collections, volumes) when the ChatCluster is deleted.
    pub deletion_policy: DeletionPolicy,

    /// Whether the operator keeps its hands off: the chat runs on, changes wait.
    pub paused: bool,
}

/// What becomes of data when its ChatCluster is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// It stays, and a ChatCluster of the same name finds it again.
    #[default]
    Retain,
    /// It goes as well.
    Delete,
}

impl Default for ChatClusterSpec {
    /// A platform to try: its servers are managed, one replica each.
    fn default() -> Self {
        Self {
            image: ImageSpec::default(),
            capacity: CapacitySpec::default(),
            gateway: GatewaySpec::default(),
            worker: WorkerSpec::default(),
            kafka: KafkaSpec::managed(),
            redis: RedisSpec::managed(),
            mongo: MongoSpec::managed(),
            auth: AuthSpec::default(),
            limits: LimitsSpec::default(),
            retention: RetentionSpec::default(),
            media: MediaSpec::on_volume(),
            mail: MailSpec::default(),
            monitoring: MonitoringSpec::default(),
            network_policy: NetworkPolicySpec::default(),
            pod_template: None,
            deletion_policy: DeletionPolicy::default(),
            paused: false,
        }
    }
}
