//! Every alert fires when it must and keeps still when it must not: the tables in `tests/alerts`, tried by Prometheus' own promtool.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};
use serde_json::Value;
use talkline_dashboards::rules::{self, Rule, Severity};
use talkline_testbed as testbed;

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus/rules.yaml");

fn tables() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alerts");
    let mut tables: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    tables.sort();
    tables
}

fn promtool(promtool: &Path, arguments: &[&str], files: &[PathBuf]) -> Result<()> {
    let output = Command::new(promtool).args(arguments).args(files).output()?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    Ok(())
}

#[test]
fn alerts_fire_when_they_must_and_only_then() -> Result<()> {
    let Some(tool) = testbed::promtool("the alerts")? else {
        return Ok(());
    };
    promtool(&tool, &["check", "rules", "--lint=all", "--lint-fatal", RULES], &[])?;
    promtool(&tool, &["test", "rules"], &tables())
}

/// What a table expects of the alerts: which of them, with a severity, and which not.
fn expected() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fires, mut rests) = (BTreeSet::new(), BTreeSet::new());
    for table in tables() {
        let table: Value = serde_saphyr::from_str(&fs::read_to_string(table).unwrap()).unwrap();
        let tests = table["tests"].as_array().unwrap().iter();
        for asked in tests.flat_map(|test| test["promql_expr_test"].as_array().unwrap()) {
            let query = asked["expr"].as_str().unwrap();
            let Some(alert) = value_of("alertname", query) else {
                continue;
            };
            let samples = asked["exp_samples"].as_array().unwrap();
            if samples.is_empty() {
                rests.insert(alert);
            }
            for sample in samples {
                let severity = value_of("severity", sample["labels"].as_str().unwrap()).unwrap();
                fires.insert(format!("{} {severity}", value_of("alertname", query).unwrap()));
            }
        }
    }
    (fires, rests)
}

fn value_of(label: &str, selector: &str) -> Option<String> {
    let rest = selector.split_once(&format!("{label}=\""))?.1;
    Some(rest.split_once('"')?.0.to_owned())
}

#[test]
fn every_alert_is_tried_both_ways() {
    let (fires, rests) = expected();
    let groups = rules::all();
    for rule in groups.iter().flat_map(|group| &group.rules) {
        let Rule::Alert(alert) = rule else { continue };
        let severity = match alert.severity {
            Severity::Critical => "critical",
            Severity::Warning => "warning",
        };
        assert!(
            fires.contains(&format!("{} {severity}", alert.name)),
            "{} {severity} never fires",
            alert.name
        );
        assert!(rests.contains(alert.name), "{} always fires", alert.name);
    }
}
