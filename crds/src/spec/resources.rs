//! CPU and memory of a pod.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded;

/// CPU and memory that a pod is promised, and that it may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Resources {
    /// What the scheduler sets aside.
    pub requests: Amounts,

    /// What the pod may not exceed: past its memory it is killed, past its CPU slowed down.
    pub limits: Amounts,
}

/// Amounts of CPU and memory. Absent: none stated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Amounts {
    /// CPU in cores or thousandths, as a string: `"2"`, `500m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "bounded::quantity")]
    pub cpu: Option<String>,

    /// Memory in bytes with a suffix: `512Mi`, `2Gi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "bounded::quantity")]
    pub memory: Option<String>,
}
