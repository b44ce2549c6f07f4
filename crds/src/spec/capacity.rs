//! What the cluster shall carry. The planner turns it into replicas, partitions, shards, resources and money.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The load that the cluster is sized for. It sizes; it does not limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CapacitySpec {
    /// Sockets open at the same time.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub connections: u32,

    /// Messages sent per second, over sockets and REST together.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub messages_per_second: u32,

    /// REST requests per second, sends excluded.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub requests_per_second: u32,

    /// Sockets that an average message is delivered to: the number of members online.
    #[schemars(range(min = 1, max = 100_000))]
    pub fan_out: u32,

    /// Room above the stated load, in percent of it, for bursts and the loss of a replica.
    #[schemars(range(min = 0, max = 400))]
    pub headroom_percent: u32,

    /// What a month of CPU and memory costs, for the plan's estimate. Absent: the plan names no cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
}

/// Unit prices. Decimal strings, since money does not round like a binary fraction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prices {
    /// The ISO 4217 code of the currency.
    #[schemars(length(min = 3, max = 3), regex(pattern = r"^[A-Z]{3}$"))]
    pub currency: String,

    /// Price of one CPU core for one hour.
    #[schemars(length(max = 16), regex(pattern = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"))]
    pub cpu_hour: String,

    /// Price of one GiB of memory for one hour.
    #[schemars(length(max = 16), regex(pattern = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"))]
    pub memory_gib_hour: String,
}

impl Default for CapacitySpec {
    /// A small team: it fits on one machine, and on the smallest cluster.
    fn default() -> Self {
        Self {
            connections: 1_000,
            messages_per_second: 100,
            requests_per_second: 100,
            fan_out: 10,
            headroom_percent: 30,
            prices: None,
        }
    }
}
