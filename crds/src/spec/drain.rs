//! How a gateway goes away: unready, a short grace, `server:draining` at a pace, close. Nobody's acknowledged message is lost, and the
//! others are not stormed by everyone at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The drain of a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.acceptSeconds < self.maxSeconds",
    "message": "acceptSeconds must be less than maxSeconds",
    "fieldPath": ".acceptSeconds"
}]))]
pub struct DrainSpec {
    /// Seconds that an unready gateway still accepts connections, until every proxy has learnt that it is going.
    #[schemars(range(min = 0, max = 120))]
    pub accept_seconds: u32,

    /// Sockets moved per minute, at most, over the whole cluster: one gateway drains at a time.
    #[schemars(range(min = 60, max = 10_000_000))]
    pub sockets_per_minute: u32,

    /// Seconds after which what is left is closed at once: the pod's grace period.
    #[schemars(range(min = 10, max = 7_200))]
    pub max_seconds: u32,
}

impl Default for DrainSpec {
    /// A full gateway of 20,000 sockets drains in 205 s.
    fn default() -> Self {
        Self {
            accept_seconds: 5,
            sockets_per_minute: 6_000,
            max_seconds: 600,
        }
    }
}
