//! Who may talk to the pods, and whom they may talk to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounded;

/// NetworkPolicies: everything that the cluster does not need is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NetworkPolicySpec {
    /// Whether they are made.
    pub enabled: bool,

    /// Labels of namespaces whose pods may reach the gateways (an ingress controller's). Empty: anyone may.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "bounded::labels")]
    pub ingress_namespaces: BTreeMap<String, String>,

    /// Labels of namespaces whose pods may scrape the admin ports. Empty: any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "bounded::labels")]
    pub monitoring_namespaces: BTreeMap<String, String>,

    /// Networks (CIDR) of external dependencies. Empty: any network, on the dependencies' ports only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        inner(length(max = 43), regex(pattern = r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"))
    )]
    pub egress_networks: Vec<String>,
}

impl Default for NetworkPolicySpec {
    fn default() -> Self {
        Self {
            enabled: true,
            ingress_namespaces: BTreeMap::new(),
            monitoring_namespaces: BTreeMap::new(),
            egress_networks: Vec::new(),
        }
    }
}
