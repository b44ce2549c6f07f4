//! Which container image the load pods run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec::PullPolicy;

/// The image of the load harness, whose entry point is `talkline-loadtest`. Agents and controller run the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadImage {
    /// The repository, with its registry unless the nodes have a default one.
    #[schemars(length(min = 1, max = 255))]
    pub repository: String,

    /// The tag. Absent: the operator's own version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128), regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9._-]*$"))]
    pub tag: Option<String>,

    /// The digest, which wins over the tag: `sha256:` and 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 71), regex(pattern = r"^sha256:[0-9a-f]{64}$"))]
    pub digest: Option<String>,

    /// When the node pulls the image.
    pub pull_policy: PullPolicy,

    /// Names of Secrets of this namespace that hold registry credentials.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(min = 1, max = 253)))]
    pub pull_secrets: Vec<String>,
}

impl Default for LoadImage {
    fn default() -> Self {
        Self {
            repository: "talkline/talkline-loadtest".to_owned(),
            tag: None,
            digest: None,
            pull_policy: PullPolicy::default(),
            pull_secrets: Vec::new(),
        }
    }
}
