//! What a person sees of the operator in Grafana: every query of its dashboard, asked of a real Prometheus that scrapes it.

use std::path::Path;

use anyhow::{Result, ensure};
use talkline_dashboards::{
    board,
    grafana::{Asked, Question},
};
use talkline_testbed::{Prometheus, Target};

use crate::operator::Operator;

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus/rules.yaml");
/// Longer than the test, in seconds.
const ALL: u32 = 900;

/// A Prometheus that scrapes an operator from now on; none if this machine cannot have one.
pub(crate) fn watch(operator: &Operator, tests: &str) -> Result<Option<Prometheus>> {
    let labels = [("namespace", "talkline-system"), ("pod", "talkline-operator-1")];
    let target = Target {
        address: operator.admin(),
        labels: labels.map(|(name, value)| (name, value.to_owned())).to_vec(),
    };
    Prometheus::start(tests, Path::new(RULES), &[target])
}

/// Every query had an answer at some time, and every variable has something to choose.
pub(crate) fn every_panel_about_the_operator_shows_it(prometheus: &Prometheus) -> Result<()> {
    let boards = board::all();
    let fleet = boards.iter().find(|board| board.uid == "talkline-operator");
    let questions = fleet.map(|board| board.questions("5s")).unwrap_or_default();
    ensure!(questions.len() > 10, "{questions:?}");
    let mut empty = Vec::new();
    for question in questions {
        if !is_answered(prometheus, &question)? {
            empty.push(question);
        }
    }
    ensure!(empty.is_empty(), "{empty:#?}");
    Ok(())
}

fn is_answered(prometheus: &Prometheus, question: &Question) -> Result<bool> {
    Ok(match &question.asked {
        Asked::Query { expression, .. } => !prometheus.history(expression, ALL)?.is_empty(),
        Asked::Values { label, selector } => !prometheus.values_of(label, selector)?.is_empty(),
    })
}
