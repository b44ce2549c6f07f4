//! How a role's number of pods follows its load. Each role says beside it what load a replica carries.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Scaling between two bounds. Its presence switches it on; then `replicas` must be absent, for two writers would fight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.minReplicas <= self.maxReplicas",
    "message": "minReplicas must not exceed maxReplicas",
    "fieldPath": ".minReplicas"
}]))]
pub struct Autoscaling {
    /// Who scales: `Hpa` by CPU alone, `Keda` by CPU and the role's own load (sockets or lag).
    pub kind: AutoscalingKind,

    /// The fewest pods.
    #[schemars(range(min = 1, max = 1_000))]
    pub min_replicas: u32,

    /// The most pods.
    #[schemars(range(min = 1, max = 1_000))]
    pub max_replicas: u32,

    /// Mean CPU use that scaling aims at, in percent of the request.
    #[schemars(range(min = 10, max = 100))]
    pub target_cpu_percent: u32,

    /// How long the load must have been lower before a pod is taken away, in seconds. For gateways at least as long as a full one takes
    /// to drain, and 5 s.
    #[schemars(range(min = 0, max = 3_600))]
    pub scale_down_seconds: u32,
}

/// Which controller scales a role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AutoscalingKind {
    /// A HorizontalPodAutoscaler on CPU; needs a metrics API.
    #[default]
    Hpa,
    /// A KEDA ScaledObject on the role's load and CPU; needs KEDA.
    Keda,
}

impl Default for Autoscaling {
    fn default() -> Self {
        Self {
            kind: AutoscalingKind::default(),
            min_replicas: 2,
            max_replicas: 10,
            target_cpu_percent: 60,
            scale_down_seconds: 300,
        }
    }
}
