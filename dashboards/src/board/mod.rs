//! The dashboards: one file each. Rows go from what people notice to what may be its cause, and each panel says how it is read.

mod activity;
mod gateway;
mod loadtest;
mod operator;
mod overview;
mod process;
mod store;
mod worker;

use talkline_metrics::{
    catalog::{self, target},
    descriptor::Descriptor,
};

use crate::{
    grafana::{Annotation, At, Dashboard, Variable},
    promql::Scope,
};

/// The addresses of the dashboards.
mod uid {
    pub(super) const ACTIVITY: &str = "talkline-activity";
    pub(super) const GATEWAY: &str = "talkline-gateway";
    pub(super) const LOADTEST: &str = "talkline-loadtest";
    pub(super) const OPERATOR: &str = "talkline-operator";
    pub(super) const OVERVIEW: &str = "talkline-overview";
    pub(super) const STORE: &str = "talkline-store";
    pub(super) const WORKER: &str = "talkline-worker";
}

/// The window that Grafana finds for a rate: no shorter than four scrapes.
const WINDOW: &str = "$__rate_interval";

/// All of them.
pub fn all() -> Vec<Dashboard> {
    let mut all = of_chats();
    all.extend([operator::board(), loadtest::board()]);
    all
}

/// Those that are about chats.
pub fn of_chats() -> Vec<Dashboard> {
    vec![
        overview::board(),
        gateway::board(),
        worker::board(),
        store::board(),
        activity::board(),
    ]
}

fn chosen(labels: &[&str]) -> Scope {
    let matchers: Vec<_> = labels.iter().map(|label| format!("{label}=~\"${label}\"")).collect();
    Scope::new(matchers.join(","), WINDOW)
}

/// The chats that were chosen.
fn chats() -> Scope {
    chosen(&[target::NAMESPACE, target::CHATCLUSTER])
}

/// Those of their processes that were chosen.
fn pods() -> Scope {
    chosen(&[target::NAMESPACE, target::CHATCLUSTER, target::POD])
}

/// What to choose chats by: those that have series of `metric`.
fn choose_chats(metric: &Descriptor) -> Vec<Variable> {
    let namespace = chosen(&[target::NAMESPACE]);
    vec![
        Variable::of(target::NAMESPACE, "Namespace", &chosen(&[]), metric.name),
        Variable::of(target::CHATCLUSTER, "ChatCluster", &namespace, metric.name),
    ]
}

/// And to choose among their processes.
fn choose_pods(metric: &Descriptor) -> Vec<Variable> {
    let mut variables = choose_chats(metric);
    variables.push(Variable::of(target::POD, "Pod", &chats(), metric.name));
    variables
}

/// A line where a process of the chosen chats began: a deployment, or a crash.
fn starts() -> Vec<Annotation> {
    let began = chats().of(&catalog::process::START_TIME).now();
    vec![Annotation {
        name: "Starts",
        expression: format!("{began} * 1000"),
        text: "{{pod}} started",
        at: At::Value,
    }]
}
