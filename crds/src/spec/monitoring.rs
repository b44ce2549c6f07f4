//! What the cluster tells those who watch it: metrics, logs, traces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Metrics, logs and traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MonitoringSpec {
    /// Whether to make a PodMonitor.
    pub pod_monitor: Optional,

    /// Whether to make a PrometheusRule with the recording rules and alerts.
    pub prometheus_rule: Optional,

    /// Whether to make a ConfigMap with Grafana dashboards about this chat alone, for the Grafana of its namespace. It has the label that
    /// Grafana's sidecar looks for, `grafana_dashboard: "1"`. The operator's chart brings dashboards of all chats, which are enough for most.
    pub dashboards: bool,

    /// Seconds between two scrapes.
    #[schemars(range(min = 5, max = 300))]
    pub scrape_interval_seconds: u32,

    /// The Prometheus that has these metrics; KEDA asks it for the gateways' sockets. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1_024), regex(pattern = r"^https?://"))]
    pub prometheus_url: Option<String>,

    /// Logs.
    pub logs: LogsSpec,

    /// Traces. Absent: none are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traces: Option<TracesSpec>,
}

/// Whether to make an object of an API that may not be installed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Optional {
    /// Where the API is installed.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// Logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LogsSpec {
    /// The least severe that is written.
    pub level: LogLevel,

    /// How a line is written.
    pub format: LogFormat,
}

/// Severity of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// And what may become one.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// And how.
    Debug,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    #[default]
    Json,
    /// For people.
    Text,
}

/// Traces, sent by OTLP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TracesSpec {
    /// The collector, for OTLP over HTTP: `http://collector:4318`.
    #[schemars(length(min = 1, max = 1_024), regex(pattern = r"^https?://"))]
    pub otlp_endpoint: String,

    /// Traces kept of a million that start here. Of the requests whose client asks for it, 10 a second are kept too.
    #[serde(default = "TracesSpec::one_percent")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub samples_per_million: u32,
}

impl TracesSpec {
    /// Of a million.
    pub const ONE_PERCENT: u32 = 10_000;

    fn one_percent() -> u32 {
        Self::ONE_PERCENT
    }
}

impl Default for MonitoringSpec {
    fn default() -> Self {
        Self {
            pod_monitor: Optional::default(),
            prometheus_rule: Optional::default(),
            dashboards: false,
            scrape_interval_seconds: 15,
            prometheus_url: None,
            logs: LogsSpec::default(),
            traces: None,
        }
    }
}
