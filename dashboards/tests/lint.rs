//! What Grafana's dashboard-linter asks of a dashboard, of every panel and query of ours, and that nothing lies over anything else.
//!
//! Its rules that want variables `job` and `instance` do not hold here: processes are told apart by namespace, ChatCluster and pod.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use serde_json::Value;
use talkline_dashboards::board;

/// The panels of every dashboard that are no headings, with where they are.
fn panels() -> Vec<(String, Value)> {
    let boards = board::all();
    let of = |board: &talkline_dashboards::grafana::Dashboard| {
        let json = board.json();
        let panels = json["panels"].as_array().unwrap().clone();
        let uid = board.uid;
        panels
            .into_iter()
            .filter(|panel| panel["type"] != "row")
            .map(move |panel| (format!("{uid}: {}", panel["title"]), panel))
    };
    let panels: Vec<_> = boards.iter().flat_map(of).collect();
    assert!(panels.len() > 60, "{}", panels.len());
    panels
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn every_panel_says_what_it_shows_and_in_which_unit() {
    for (at, panel) in panels() {
        assert!(!text(&panel["title"]).is_empty(), "{at}");
        let description = text(&panel["description"]);
        assert!(
            description.len() > 10 && description.ends_with('.'),
            "{at}: {description}"
        );
        assert!(!text(&panel["fieldConfig"]["defaults"]["unit"]).is_empty(), "{at}");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{at}");
        assert!(!panel["targets"].as_array().unwrap().is_empty(), "{at}");
    }
}

#[test]
fn every_query_keeps_to_what_was_chosen_and_to_grafanas_window() {
    for (at, panel) in panels() {
        for target in panel["targets"].as_array().unwrap() {
            let (query, legend) = (text(&target["expr"]), text(&target["legendFormat"]));
            assert!(query.contains("namespace=~\"$namespace\""), "{at}: {query}");
            assert!(!query.contains("vector("), "{at}: {query}");
            for rate in ["rate(", "increase("] {
                for (from, _) in query.match_indices(rate) {
                    let window = query[from..].split_once('[').unwrap().1;
                    assert!(window.starts_with("$__rate_interval]"), "{at}: {query}");
                }
            }
            let counters = query.matches("_total{").count();
            let rates = query.matches("rate(").count() + query.matches("increase(").count();
            assert!(rates >= counters, "{at}: a counter as it is: {query}");
            assert!(!legend.is_empty(), "{at}: {query}");
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{at}");
        }
    }
}

/// A label that the query does not keep is an empty place in the legend.
#[test]
fn every_legend_names_labels_that_the_query_keeps() {
    for (at, panel) in panels() {
        for target in panel["targets"].as_array().unwrap() {
            let query = text(&target["expr"]);
            for (from, _) in text(&target["legendFormat"]).match_indices("{{") {
                let label = text(&target["legendFormat"])[from + 2..].split_once("}}").unwrap().0;
                let mut kept = query.match_indices("by (");
                let is_kept = kept.any(|(from, by)| {
                    let labels = query[from + by.len()..].split_once(')').unwrap().0;
                    labels.split(", ").any(|kept| kept == label)
                });
                assert!(is_kept, "{at}: {label} is not in {query}");
            }
        }
    }
}

#[test]
fn variables_are_asked_again_when_the_time_changes() {
    for board in board::all() {
        let json = board.json();
        let variables = json["templating"]["list"].as_array().unwrap();
        assert_eq!(variables[0]["name"], "datasource");
        assert_eq!(variables[0]["label"], "Data source");
        for variable in &variables[1..] {
            let at = format!("{}: {}", board.uid, variable["name"]);
            assert_eq!(variable["refresh"], 2, "{at}");
            assert_eq!(variable["datasource"]["uid"], "${datasource}", "{at}");
            assert!(
                text(&variable["query"]["query"]).starts_with("label_values(talkline_"),
                "{at}"
            );
        }
        assert_eq!(json["editable"], false, "{}", board.uid);
        assert_eq!(json["schemaVersion"], 42, "{}", board.uid);
    }
}

#[test]
fn links_lead_to_dashboards_that_are_there() {
    let uids: BTreeSet<_> = board::all().iter().map(|board| board.uid).collect();
    assert_eq!(uids.len(), board::all().len());
    for (at, panel) in panels() {
        for link in panel["links"].as_array().unwrap() {
            let uid = text(&link["url"])
                .strip_prefix("/d/")
                .unwrap()
                .split_once('?')
                .unwrap()
                .0;
            assert!(uids.contains(uid) && !at.starts_with(uid), "{at}: {uid}");
        }
    }
}

#[test]
fn nothing_lies_over_anything_else() {
    for board in board::all() {
        let json = board.json();
        let mut taken = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for panel in json["panels"].as_array().unwrap() {
            assert!(
                ids.insert(panel["id"].as_u64().unwrap()),
                "{}: {}",
                board.uid,
                panel["title"]
            );
            let place = |side: &str| panel["gridPos"][side].as_u64().unwrap();
            for x in place("x")..place("x") + place("w") {
                assert!(x < 24, "{}: {}", board.uid, panel["title"]);
                for y in place("y")..place("y") + place("h") {
                    assert!(taken.insert((x, y)), "{}: {}", board.uid, panel["title"]);
                }
            }
        }
    }
}
