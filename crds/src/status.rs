//! What the operator saw last. Numbers that move all the time are rounded and written at most once a minute.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The observed state of a chat platform.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ChatClusterStatus {
    /// The generation of the spec that this status speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// `Ready`, `Progressing`, `Degraded`, `Paused`, and one condition per dependency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,

    /// Where clients reach the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Endpoints>,

    /// The gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayStatus>,

    /// The workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerStatus>,

    /// What the planner made of `capacity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,

    /// The version that all pods run; absent while they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Where clients reach the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Endpoints {
    /// The base URL: the ingress's where there is one, else the Service's inside the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,

    /// The Service's URL inside the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_url: Option<String>,
}

/// The observed gateways.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayStatus {
    /// Pods there are.
    pub replicas: i32,

    /// Pods that are ready.
    pub ready_replicas: i32,

    /// The label selector of the pods, for the scale subresource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,

    /// Open sockets, rounded to two digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sockets: Option<i64>,
}

/// The observed workers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkerStatus {
    /// Pods there are.
    pub replicas: i32,

    /// Pods that are ready.
    pub ready_replicas: i32,

    /// Records that wait to be stored, over all partitions, rounded to two digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<i64>,
}

/// What the planner made of `capacity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PlanStatus {
    /// Gateways.
    pub gateways: i32,

    /// Workers.
    pub workers: i32,

    /// Partitions of the commands' topic.
    pub partitions: i32,

    /// Shards of the store.
    pub shards: i32,

    /// The estimated cost of a month, with its currency; absent without prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_cost: Option<String>,
}
