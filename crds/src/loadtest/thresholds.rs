//! What a run has to hold beside the guarantees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Thresholds. A guarantee (nothing lost, repeated, out of order, or shown to strangers) needs none: it always has to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Thresholds {
    /// Milliseconds within which 99 % of the deliveries have to come, from when a message was meant to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600_000))]
    pub delivery_p99_millis: Option<u32>,

    /// Milliseconds within which 99 % of each kind of request have to be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600_000))]
    pub request_p99_millis: Option<u32>,

    /// The share of requests, in percent, that may be refused or not answered.
    #[schemars(range(min = 0, max = 100))]
    pub failed_percent: u32,

    /// Messages a second that have to be acknowledged at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub acknowledged_per_second: Option<u32>,
}

impl Default for Thresholds {
    /// One request of a hundred may fail.
    fn default() -> Self {
        Self {
            delivery_p99_millis: None,
            request_p99_millis: None,
            failed_percent: 1,
            acknowledged_per_second: None,
        }
    }
}
