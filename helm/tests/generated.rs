//! What is generated is what is committed, and says all there is to say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use talkline_helm::{template, values};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(here(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a committed file is what is generated. `TALKLINE_UPDATE=1` writes it anew.
fn committed(path: &str, current: &str) {
    if std::env::var_os("TALKLINE_UPDATE").is_some() {
        fs::write(here(path), current).unwrap();
    }
    let committed = fs::read_to_string(here(path)).unwrap_or_default();
    assert!(
        committed == current,
        "helm/{path} is not what it is made from: TALKLINE_UPDATE=1 cargo test -p talkline-helm --test generated"
    );
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(here(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".yaml")).collect()
}

#[test]
fn every_definition_is_a_template_and_there_are_no_others() {
    for name in names("../crds") {
        let definition = read(&format!("../crds/{name}"));
        committed(
            &format!("talkline-crds/templates/{name}"),
            &template(&definition).unwrap(),
        );
    }
    assert_eq!(names("talkline-crds/templates"), names("../crds"));
}

#[test]
fn the_page_of_values_is_what_their_comments_say() {
    committed(
        "talkline/README.md",
        &values::page(&read("talkline/values.yaml")).unwrap(),
    );
}

#[test]
fn the_page_has_every_value_with_its_default() {
    let text = read("talkline/values.yaml");
    let parsed: Value = serde_saphyr::from_str(&text).unwrap();
    let entries = values::read(&text).unwrap();
    for entry in &entries {
        let default = entry.default.as_deref();
        let value: Option<Value> = default.map(|yaml| serde_saphyr::from_str(yaml).unwrap());
        let pointer = format!("/{}", entry.path.replace('.', "/"));
        let there = parsed.pointer(&pointer).unwrap_or_else(|| panic!("no {}", entry.path));
        match value {
            Some(value) => assert_eq!(there, &value, "{}", entry.path),
            None => assert!(there.is_object(), "{}", entry.path),
        }
    }
    for path in leaves(&parsed, "") {
        let described = entries
            .iter()
            .any(|entry| entry.default.is_some() && covers(&entry.path, &path));
        assert!(described, "{path} is not on the page");
    }
}

fn covers(path: &str, leaf: &str) -> bool {
    leaf.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The paths of all values that are no maps with entries.
fn leaves(value: &Value, path: &str) -> Vec<String> {
    match value.as_object().filter(|fields| !fields.is_empty()) {
        None => vec![path.to_owned()],
        Some(fields) => {
            let below = fields.iter().flat_map(|(key, value)| {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                leaves(value, &path)
            });
            below.collect()
        }
    }
}

/// A value that the schema lacks would be refused, and one that only the schema has would do nothing.
#[test]
fn the_schema_knows_the_values_and_no_others() {
    let schema: Value = serde_json::from_str(&read("talkline/values.schema.json")).unwrap();
    let entries = values::read(&read("talkline/values.yaml")).unwrap();
    let mut known = BTreeSet::new();
    properties(&schema, "", &mut known);
    // Every chart may be given it, for the charts that it is a part of.
    known.remove("global");
    assert_eq!(known, entries.into_iter().map(|entry| entry.path).collect());
}

fn properties(schema: &Value, path: &str, known: &mut BTreeSet<String>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        properties(property, &path, known);
        known.insert(path);
    }
}

/// Both charts are released together, with the programs.
#[test]
fn the_charts_have_the_version_of_the_programs() {
    for chart in ["talkline", "talkline-crds"] {
        let chart: Value = serde_saphyr::from_str(&read(&format!("{chart}/Chart.yaml"))).unwrap();
        assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    }
}
