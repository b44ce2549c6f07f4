//! What Prometheus computes by itself, and what it reports: the objectives and how fast they are missed, and the causes that a
//! person must look at.
//!
//! One source for the file that any Prometheus loads and for the PrometheusRule that the operator makes of a ChatCluster.

mod chat;
mod loadtest;
mod objective;
mod operator;

use serde_json::{Value, json};

pub use objective::{Objective, WINDOWS};

use crate::promql::Scope;

/// Where the pages of `docs/runbooks` are read.
const RUNBOOKS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/runbooks");

/// Rules that are evaluated one after the other.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, which is unique where it is loaded.
    pub name: String,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Something that Prometheus does again and again.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Keeps a result as a series of its own.
    Record {
        /// The name of the series.
        name: String,
        /// What is kept.
        expression: String,
    },
    /// Tells somebody.
    Alert(Alert),
}

/// What somebody is told.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Its name, and that of its page in `docs/runbooks`.
    pub name: &'static str,
    /// How soon somebody must come.
    pub severity: Severity,
    /// What is so while it fires.
    pub expression: String,
    /// How long it must be so.
    pub holds: &'static str,
    /// What that means, in one sentence.
    pub summary: &'static str,
    /// What is measured, and where to look first.
    pub description: &'static str,
}

/// How soon somebody must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Now, at night too.
    Critical,
    /// On the next working day.
    Warning,
}

/// The rules of chats whose series `scope` leaves; `prefix` sets the groups' names apart.
pub fn of_chats(scope: &Scope, prefix: &str) -> Vec<Group> {
    let named = |name: &str, rules| Group {
        name: format!("{prefix}.{name}"),
        rules,
    };
    vec![
        named("objectives", objective::rules(scope)),
        named("causes", chat::alerts(scope)),
    ]
}

/// The rules of what stands beside chats: the operator, and the load harness.
pub fn of_tools() -> Vec<Group> {
    let named = |name: &str, alerts: Vec<Alert>| Group {
        name: format!("talkline.{name}"),
        rules: alerts.into_iter().map(Rule::Alert).collect(),
    };
    vec![
        named("operator", operator::alerts()),
        named("loadtest", loadtest::alerts()),
    ]
}

/// All rules, for a Prometheus that scrapes everything.
pub fn all() -> Vec<Group> {
    let mut groups = of_chats(&Scope::new("", "5m"), "talkline");
    groups.extend(of_tools());
    groups
}

/// Groups as Prometheus' files have them, and the `spec` of a PrometheusRule.
pub fn json(groups: &[Group]) -> Value {
    let groups = groups.iter().map(|group| {
        let rules: Vec<_> = group.rules.iter().map(Rule::json).collect();
        json!({ "name": group.name, "rules": rules })
    });
    json!({ "groups": groups.collect::<Vec<_>>() })
}

impl Rule {
    fn json(&self) -> Value {
        match self {
            Self::Record { name, expression } => json!({ "record": name, "expr": expression }),
            Self::Alert(alert) => json!({
                "alert": alert.name,
                "expr": alert.expression,
                "for": alert.holds,
                "labels": { "severity": alert.severity.name() },
                "annotations": {
                    "summary": alert.summary,
                    "description": alert.description,
                    "runbook_url": format!("{RUNBOOKS}/{}.md", alert.name),
                },
            }),
        }
    }
}

impl Severity {
    /// The value of the label.
    fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }
}
