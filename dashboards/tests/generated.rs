//! What Grafana, Prometheus and the chart read is what the code says, and every alert has a page that says what to do.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use talkline_dashboards::{
    board,
    rules::{self, Group, Rule},
};

/// Where Grafana's own provisioning and the chart take the dashboards from.
const DASHBOARDS: &str = "helm/talkline/dashboards";
/// What each page about an alert has.
const HEADINGS: [&str; 4] = ["## Meaning", "## Impact", "## Look at", "## Do"];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Whether a committed file is what is generated. `TALKLINE_UPDATE=1` writes it anew.
fn committed(path: &str, current: &str) {
    if std::env::var_os("TALKLINE_UPDATE").is_some() {
        fs::write(root(path), current).unwrap();
    }
    let committed = fs::read_to_string(root(path)).unwrap_or_default();
    assert!(
        committed == current,
        "{path} is not what it is made from: TALKLINE_UPDATE=1 cargo test -p talkline-dashboards --test generated"
    );
}

fn files(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| Some(name.strip_suffix(ending)?.to_owned()))
        .collect()
}

#[test]
fn every_dashboard_is_a_file_and_there_are_no_others() {
    let boards = board::all();
    for board in &boards {
        let json = serde_json::to_string_pretty(&board.json()).unwrap();
        committed(&format!("{DASHBOARDS}/{}.json", board.uid), &(json + "\n"));
    }
    let uids = boards.iter().map(|board| board.uid.to_owned()).collect();
    assert_eq!(files(DASHBOARDS, ".json"), uids);
}

#[test]
fn rules_are_files() {
    for (path, groups) in [
        ("deploy/prometheus/rules.yaml", rules::all()),
        ("helm/talkline/rules/tools.yaml", rules::of_tools()),
    ] {
        let yaml = serde_saphyr::to_string(&rules::json(&groups)).unwrap();
        committed(
            path,
            &format!("# Made by talkline-dashboards; change it there.\n{yaml}"),
        );
    }
}

fn alerts(groups: &[Group]) -> BTreeSet<String> {
    let rules = groups.iter().flat_map(|group| &group.rules);
    let alerts = rules.filter_map(|rule| match rule {
        Rule::Alert(alert) => Some(alert.name.to_owned()),
        Rule::Record { .. } => None,
    });
    alerts.collect()
}

#[test]
fn every_alert_has_its_page_and_there_are_no_others() {
    let alerts = alerts(&rules::all());
    for alert in &alerts {
        let path = format!("docs/runbooks/{alert}.md");
        let page = fs::read_to_string(root(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let lines: Vec<_> = page.lines().filter(|line| line.starts_with('#')).collect();
        let expected: Vec<_> = [format!("# {alert}")]
            .into_iter()
            .chain(HEADINGS.map(str::to_owned))
            .collect();
        assert_eq!(lines, expected, "{path}");
    }
    assert_eq!(files("docs/runbooks", ".md"), alerts);
}
