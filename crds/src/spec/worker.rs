//! The workers: they number, store and publish what the log holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Autoscaling, PodTemplate, Resources};

/// The workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "!(has(self.replicas) && has(self.autoscaling))",
    "message": "replicas and autoscaling exclude each other: remove one of them",
    "fieldPath": ".replicas"
}]))]
pub struct WorkerSpec {
    /// A fixed number of pods. Absent, and without `autoscaling`: as the plan for `capacity` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000))]
    pub replicas: Option<u32>,

    /// Scaling by load instead of a fixed number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,

    /// Records that may wait per worker before KEDA adds one.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub target_lag_per_replica: u32,

    /// How records are taken together.
    pub batch: BatchSpec,

    /// Seconds that a stopping worker has to finish its batches.
    #[schemars(range(min = 1, max = 600))]
    pub drain_seconds: u32,

    /// CPU and memory of a pod. Absent: as the plan says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,

    /// Overrides of the worker's pods, merged after `spec.podTemplate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_template: Option<PodTemplate>,
}

/// One batch is one bulk write: larger ones cost less a message, smaller ones arrive sooner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct BatchSpec {
    /// Records of one partition in a batch, at most.
    #[schemars(range(min = 1, max = 10_000))]
    pub max_records: u32,

    /// Milliseconds between the beginnings of two batches of a partition, at least: a record that comes alone waits for nothing,
    /// and of many, more come together. 0: no such time.
    #[schemars(range(min = 0, max = 1_000))]
    pub linger_millis: u32,
}

impl Default for WorkerSpec {
    fn default() -> Self {
        Self {
            replicas: None,
            autoscaling: None,
            target_lag_per_replica: 5_000,
            batch: BatchSpec::default(),
            drain_seconds: 30,
            resources: None,
            pod_template: None,
        }
    }
}

impl Default for BatchSpec {
    /// While one batch is written the next one gathers by itself, so waiting would only add latency.
    fn default() -> Self {
        Self {
            max_records: 500,
            linger_millis: 0,
        }
    }
}
