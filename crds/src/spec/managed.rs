//! Servers that the operator runs itself, for trying the platform out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Resources, bounded};

/// A StatefulSet of one replica. It is for trying out: it restarts with its node and it has no copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Managed {
    /// The image. Absent: the one that this operator was tested with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,

    /// The size of its volume.
    #[schemars(schema_with = "bounded::quantity")]
    pub storage: String,

    /// The volume's storage class. Absent: the cluster's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub storage_class: Option<String>,

    /// CPU and memory of its pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
}

impl Default for Managed {
    fn default() -> Self {
        Self {
            image: None,
            storage: "10Gi".to_owned(),
            storage_class: None,
            resources: None,
        }
    }
}

/// What the operator does when a server's settings (topics, indexes, rules) are not what the cluster says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Drift {
    /// Say so in the status.
    Report,
    /// Set it right, unless that would destroy or reorder data: then say so.
    #[default]
    Mend,
}
