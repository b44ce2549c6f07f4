//! The dashboards, as somebody looks at them who has chosen everything.

use anyhow::{Context, Result, ensure};
use talkline_dashboards::{
    board,
    grafana::{Asked, Question},
};
use talkline_e2e::{Cluster, Member, Run, eventually};
use talkline_testbed::{Prometheus, Series, Target};

/// Four scrapes and more, as Grafana would have it.
const WINDOW: &str = "5s";
/// Longer than a test, in seconds.
const ALL: u32 = 300;
/// What is not there: the operator's own test looks at it.
const ELSEWHERE: &str = "Talkline / Operator fleet";

/// Dashboards over a Prometheus.
pub(crate) struct View {
    prometheus: Prometheus,
    questions: Vec<Question>,
}

impl View {
    /// Over a cluster's processes, under the labels that they have on Kubernetes, and the load on it.
    pub(crate) fn over(cluster: &Cluster, load: &Run, tests: &str) -> Result<Self> {
        let members = |role, members: &[Member]| {
            let targets = members
                .iter()
                .zip(1..)
                .map(|(member, number)| target(member, role, number));
            targets.collect::<Vec<_>>()
        };
        let harness = Target {
            address: load.metrics(),
            labels: vec![("namespace", "load".to_owned()), ("pod", "agent-1".to_owned())],
        };
        let (gateways, workers) = (
            members("gateway", &cluster.gateways),
            members("worker", &cluster.workers),
        );
        let targets = [gateways, workers, vec![harness]].concat();
        let prometheus = Prometheus::start(tests, super::rules()?, &targets)?.context("it was there before")?;
        let boards = board::all().into_iter().filter(|board| board.title != ELSEWHERE);
        let questions = boards.flat_map(|board| board.questions(WINDOW)).collect();
        Ok(Self { prometheus, questions })
    }

    /// The value of a panel's series now, by a word of its labels or, where its query keeps none, by its legend; none where there is none.
    pub(crate) fn now(&self, dashboard: &str, panel: &str, series: &str) -> Result<Option<f64>> {
        let shown = self.shown(dashboard, panel)?;
        let found = shown.iter().find(|(legend, shown)| {
            let labels = shown.labels.as_object();
            labels.is_some_and(|labels| match labels.is_empty() {
                true => *legend == series,
                false => labels.values().any(|value| *value == series),
            })
        });
        Ok(found.and_then(|(_, shown)| shown.values.last().copied()))
    }

    /// Waits until that series is so.
    pub(crate) async fn comes_to(
        &self,
        dashboard: &str,
        panel: &str,
        series: &str,
        so: impl Fn(f64) -> bool,
    ) -> Result<()> {
        let what = format!("{dashboard}, {panel}: {series}");
        eventually(&what, async || {
            Ok(self.now(dashboard, panel, series)?.filter(|value| so(*value)).map(drop))
        })
        .await
    }

    /// Waits until one of the panel's series is so.
    pub(crate) async fn comes_to_any(&self, dashboard: &str, panel: &str, so: impl Fn(f64) -> bool) -> Result<()> {
        eventually(&format!("{dashboard}, {panel}"), async || {
            let shown = self.shown(dashboard, panel)?;
            let mut values = shown.iter().filter_map(|(_, series)| series.values.last());
            Ok(values.any(|value| so(*value)).then_some(()))
        })
        .await
    }

    /// Waits until an alert only waits for its time to be over.
    pub(crate) async fn is_pending(&self, alert: &str) -> Result<()> {
        let pending = format!("ALERTS{{alertname=\"{alert}\",alertstate=\"pending\"}}");
        eventually(alert, async || {
            Ok((!self.prometheus.query(&pending)?.is_empty()).then_some(()))
        })
        .await
    }

    /// Whether every query had an answer at some time, with each label that its legend names, and every variable something to choose.
    pub(crate) fn has_shown_everything(&self) -> Result<()> {
        let mut empty = Vec::new();
        for question in &self.questions {
            let answered = match &question.asked {
                Asked::Query { expression, legend } => {
                    let shown = self.prometheus.history(expression, ALL)?;
                    shown
                        .iter()
                        .any(|series| labels(legend).all(|label| !series.labels[label].is_null()))
                }
                Asked::Values { label, selector } => !self.prometheus.values_of(label, selector)?.is_empty(),
            };
            if !answered {
                empty.push(format!(
                    "{}, {}: {:?}",
                    question.dashboard, question.from, question.asked
                ));
            }
        }
        ensure!(
            empty.is_empty(),
            "{} of {} are empty:\n{}",
            empty.len(),
            self.questions.len(),
            empty.join("\n")
        );
        Ok(())
    }

    fn shown(&self, dashboard: &str, panel: &str) -> Result<Vec<(&str, Series)>> {
        let ours = self
            .questions
            .iter()
            .filter(|asked| asked.dashboard == dashboard && asked.from == panel);
        let mut shown = Vec::new();
        for question in ours {
            if let Asked::Query { expression, legend } = &question.asked {
                let series = self.prometheus.query(expression)?;
                shown.extend(series.into_iter().map(|series| (*legend, series)));
            }
        }
        Ok(shown)
    }
}

fn target(member: &Member, role: &str, number: usize) -> Target {
    let labels = [
        ("namespace", "e2e".to_owned()),
        ("chatcluster", "chat".to_owned()),
        ("role", role.to_owned()),
        ("pod", format!("chat-{role}-{number}")),
    ];
    Target {
        address: member.admin(),
        labels: labels.to_vec(),
    }
}

/// The labels that a legend names.
fn labels(legend: &str) -> impl Iterator<Item = &str> {
    legend.split("{{").skip(1).filter_map(|rest| rest.split("}}").next())
}
