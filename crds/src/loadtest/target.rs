//! What is under load, and how arrivals are spread.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The chat under load. Its limits have to be off, as in `examples/loadtest.yaml`: they are made to refuse what a load test does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "has(self.chatCluster) != has(self.urls)",
        "message": "name either chatCluster, a ChatCluster of this namespace, or urls, its gateways from wherever they are"
    }
]))]
pub struct Target {
    /// A ChatCluster of the same namespace, by its name: sockets spread over all of its gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40))]
    pub chat_cluster: Option<String>,

    /// The gateways, as `http://HOST:PORT`: users spread over all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 64),
        inner(length(min = 8, max = 253), regex(pattern = r"^http://[^/?#\s]+/?$"))
    )]
    pub urls: Option<Vec<String>>,
}

/// How the intended starts are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Arrivals {
    /// Evenly.
    Constant,
    /// At random, as many independent people do.
    Poisson,
    /// All of a second at once.
    Bursts,
}
