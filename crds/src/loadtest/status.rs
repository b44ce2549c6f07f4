//! What came of a load test.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The observed state of a load test. Once it has ended, it does not change any more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ChatLoadTestStatus {
    /// The generation of the spec that this status speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Where it stands.
    pub phase: Phase,

    /// Why it stands there: a word that `docs/loadtest-on-kubernetes.md` explains.
    pub reason: String,

    /// The same in a sentence, with what to do.
    pub message: String,

    /// What the run said of itself; absent where it said nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,

    /// What did not hold, a line each; the report has all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<String>,

    /// `Finished` (it has ended) and `Passed` (it ended well), for `kubectl wait`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,

    /// When the operator took it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,

    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,

    /// The gateways' address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,

    /// The agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agents: Option<Agents>,

    /// The merged figures of all agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,

    /// Where the report is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

/// Where a load test stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// Its target is waited for.
    #[default]
    Pending,
    /// Its agents' pods are waited for.
    Starting,
    /// The agents set up, send and settle.
    Running,
    /// It has ended, and everything held.
    Succeeded,
    /// It has ended otherwise: the reason says how.
    Failed,
}

impl Phase {
    /// Whether it has ended.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// What a run said of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// Every guarantee and every threshold held.
    Passed,
    /// A threshold did not hold.
    ThresholdsMissed,
    /// A guarantee did not hold.
    GuaranteesBroken,
    /// What was measured held, and a part of it is missing.
    Incomplete,
}

/// The agents' pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Agents {
    /// Agents there shall be.
    pub wanted: i32,

    /// Agents that wait for work, or are at it.
    pub ready: i32,
}

/// Merged figures, as whole numbers. Rates are of the measured window, counts of the whole run, times from the intended start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Figures {
    /// Requests answered a second.
    pub requests_per_second: i64,

    /// Messages acknowledged a second.
    pub acknowledged_per_second: i64,

    /// Deliveries a second.
    pub received_per_second: i64,

    /// Messages acknowledged.
    pub acknowledged: i64,

    /// Requests refused or not answered.
    pub failed: i64,

    /// Acknowledged messages that nobody has.
    pub lost: i64,

    /// Deliveries that came twice, and messages stored twice.
    pub duplicated: i64,

    /// Deliveries that came after a later one.
    pub reordered: i64,

    /// Half of the messages were acknowledged faster, in microseconds.
    pub ack_p50_micros: i64,

    /// 99 % of the messages were acknowledged faster, in microseconds.
    pub ack_p99_micros: i64,

    /// Half of the deliveries were faster, in microseconds.
    pub delivery_p50_micros: i64,

    /// 99 % of the deliveries were faster, in microseconds.
    pub delivery_p99_micros: i64,

    /// Whether the harness itself was too slow for its schedule, so that times are partly its own.
    pub generator_saturated: bool,
}

/// Where the report is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Report {
    /// The ConfigMap.
    pub config_map: String,

    /// Its keys: `report.json`, with the merged HDR histograms, and `report.html`.
    pub keys: Vec<String>,
}
