//! A load test: made once, run once, and kept until somebody removes it or its time is over.
#![allow(
    clippy::duplicated_attributes,
    reason = "printer columns of one type look like a repeated attribute"
)]

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::loadtest::{Arrivals, ChatLoadTestStatus, LoadImage, Target, Thresholds};
use crate::spec::{Amounts, Optional, PodTemplate, Resources};

/// What a load test sends, where to, and what has to hold.
///
/// It runs once and cannot change: another test is another ChatLoadTest. What is absent is as the scenario has it.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "talkline.dev",
    version = "v1alpha1",
    kind = "ChatLoadTest",
    plural = "chatloadtests",
    shortname = "clt",
    shortname = "loadtest",
    category = "talkline",
    namespaced,
    status = "ChatLoadTestStatus",
    derive = "PartialEq",
    doc = "A load test of a chat: load agents as pods, one report, one verdict.",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(
        name = "Requests/s",
        type_ = "integer",
        json_path = ".status.figures.requestsPerSecond"
    ),
    printcolumn(
        name = "Delivery p99 µs",
        type_ = "integer",
        json_path = ".status.figures.deliveryP99Micros"
    ),
    printcolumn(name = "Agents", type_ = "integer", json_path = ".status.agents.ready", priority = 1),
    printcolumn(name = "Target", type_ = "string", json_path = ".status.target", priority = 1),
    printcolumn(
        name = "Report",
        type_ = "string",
        json_path = ".status.report.configMap",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "rule": "self == oldSelf",
        "message": "a load test cannot change: delete it, or make another one of another name"
    },
    {
        "rule": "!has(self.users) || self.users % (has(self.membersPerConversation) ? self.membersPerConversation : 1) == 0",
        "message": "users must be a multiple of membersPerConversation: every conversation is full",
        "fieldPath": ".users"
    },
    {
        "rule": "!has(self.users) || self.users >= self.parallelism * (has(self.membersPerConversation) ? self.membersPerConversation : 2)",
        "message": "every one of parallelism agents needs a conversation of its own: raise users, or lower parallelism",
        "fieldPath": ".users"
    },
    {
        "rule": "!has(self.durationSeconds) || self.durationSeconds + (has(self.rampSeconds) ? self.rampSeconds : 0) + (has(self.settleSeconds) ? self.settleSeconds : 0) < self.deadlineSeconds",
        "message": "deadlineSeconds must be more than rampSeconds, durationSeconds and settleSeconds together: the test would be ended before its time",
        "fieldPath": ".deadlineSeconds"
    }
]))]
pub struct ChatLoadTestSpec {
    /// What the users do: one of the scenarios that `talkline-loadtest run --list` names.
    #[serde(default = "scenario")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    pub scenario: String,

    /// The chat under load.
    pub target: Target,

    /// Users, over all agents; each has one socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10_000_000))]
    pub users: Option<u32>,

    /// Members of each conversation: 2 makes direct ones, more make groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 100_000))]
    pub members_per_conversation: Option<u32>,

    /// Arrivals a second, over all agents; 0 only holds the sockets open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub rate_per_second: Option<u32>,

    /// How the intended starts are spread over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,

    /// Seconds over which the sockets are opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 86_400))]
    pub ramp_seconds: Option<u32>,

    /// Seconds of sending before the measured window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 86_400))]
    pub warmup_seconds: Option<u32>,

    /// Seconds of sending that are measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 604_800))]
    pub duration_seconds: Option<u32>,

    /// Seconds that everything may take to arrive after the sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 86_400))]
    pub settle_seconds: Option<u32>,

    /// Load agents: pods that share users and rate.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 500))]
    pub parallelism: u32,

    /// What has to hold, beside the guarantees that always have to.
    #[serde(default)]
    pub thresholds: Thresholds,

    /// Seconds that the target may take to be ready, and the agents' pods to run, before the test ends without having sent anything.
    #[serde(default = "start_seconds")]
    #[schemars(range(min = 10, max = 86_400))]
    pub start_seconds: u32,

    /// Seconds from the agents being ready after which the test is ended, whatever it does.
    #[serde(default = "deadline_seconds")]
    #[schemars(range(min = 60, max = 1_209_600))]
    pub deadline_seconds: u32,

    /// Seconds after its end when the ChatLoadTest goes, with its report and everything that it made. Absent: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 31_536_000))]
    pub ttl_seconds_after_finished: Option<u32>,

    /// The image of the load harness.
    #[serde(default)]
    pub image: LoadImage,

    /// CPU and memory of each agent. It works with as many threads as it asks for cores.
    #[serde(default = "agent")]
    pub resources: Resources,

    /// Overrides of the pods, merged over what the operator builds: containers are called `agent` and `controller`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_template: Option<PodTemplate>,

    /// Whether to make a PodMonitor for the agents.
    #[serde(default)]
    pub pod_monitor: Optional,

    /// Whether NetworkPolicies close the agents to everybody but their controller.
    #[serde(default = "yes")]
    pub network_policy: bool,
}

fn scenario() -> String {
    "chat".to_owned()
}

const fn one() -> u32 {
    1
}

const fn start_seconds() -> u32 {
    300
}

const fn deadline_seconds() -> u32 {
    3_600
}

const fn yes() -> bool {
    true
}

/// An agent of one thread and some thousand users.
fn agent() -> Resources {
    let amounts = |cpu: Option<&str>, memory: &str| Amounts {
        cpu: cpu.map(str::to_owned),
        memory: Some(memory.to_owned()),
    };
    Resources {
        requests: amounts(Some("500m"), "128Mi"),
        limits: amounts(None, "1Gi"),
    }
}
