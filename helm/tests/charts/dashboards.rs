//! The dashboards as ConfigMaps. No snapshot: what is in them is committed beside the chart, and compared with that.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use talkline_testbed::{Conformance, Helm};

use super::CHART;

const ON: [&str; 3] = [
    "--set=dashboards.enabled=true",
    "--set=dashboards.annotations.folder=Talkline",
    "--show-only=templates/dashboards.yaml",
];

/// The dashboards' files, by name.
fn files() -> BTreeMap<String, Value> {
    let entries = fs::read_dir(Path::new(CHART).join("dashboards")).unwrap();
    let read = entries.map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    });
    read.collect()
}

#[test]
fn every_dashboard_is_a_config_map_that_a_sidecar_finds() {
    let tests = "every_dashboard_is_a_config_map_that_a_sidecar_finds";
    let Some((helm, conformance)) = Helm::find(tests).unwrap().zip(Conformance::find(tests).unwrap()) else {
        return;
    };
    let rendered = helm.run(&["template", "talkline", CHART, ON[0], ON[1], ON[2]]).unwrap();
    let files = files();
    assert_eq!(conformance.check(&rendered).unwrap(), files.len());
    let mut found = BTreeMap::new();
    for document in rendered.split("\n---\n").filter(|document| document.contains("kind:")) {
        let map: Value = serde_saphyr::from_str(document).unwrap();
        assert_eq!(map["metadata"]["labels"]["grafana_dashboard"], "1");
        assert_eq!(map["metadata"]["annotations"]["folder"], "Talkline");
        let (file, json) = map["data"].as_object().unwrap().iter().next().unwrap();
        found.insert(file.clone(), serde_json::from_str(json.as_str().unwrap()).unwrap());
    }
    assert!(found == files, "{:?}", found.keys());
}

#[test]
fn there_are_none_unless_they_are_wanted() {
    let Some(helm) = Helm::find("there_are_none_unless_they_are_wanted").unwrap() else {
        return;
    };
    let rendered = helm.run(&["template", "talkline", CHART]).unwrap();
    assert!(!rendered.contains("grafana_dashboard"));
}
