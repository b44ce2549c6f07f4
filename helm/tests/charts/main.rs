//! The charts as helm renders them: what comes of each set of values, and which values are refused.
//!
//! One snapshot a case shows in a review what a change of a template does; the lint and the API's schemas say whether it may.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod dashboards;
mod refusals;

use std::{fs, path::Path};

use serde_json::Value;
use talkline_crds::Definition;
use talkline_testbed::{Conformance, Definitions, Helm};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/talkline");
const CRDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/talkline-crds");

/// The names of the files with values, and their paths.
fn cases() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            (name.to_owned(), path.to_str().unwrap().to_owned())
        })
        .collect();
    cases.sort();
    assert!(cases.len() >= 6, "{cases:?}");
    cases
}

fn render(helm: &Helm, values: &str) -> String {
    let rendered = helm.run(&[
        "template",
        "talkline",
        CHART,
        "--namespace=talkline-system",
        "--values",
        values,
    ]);
    rendered.unwrap()
}

#[test]
fn every_case_renders_as_it_did() {
    let Some(helm) = Helm::find("every_case_renders_as_it_did").unwrap() else {
        return;
    };
    for (name, values) in cases() {
        insta::assert_snapshot!(name, render(&helm, &values));
    }
}

#[test]
fn every_case_passes_the_strict_lint() {
    let Some(helm) = Helm::find("every_case_passes_the_strict_lint").unwrap() else {
        return;
    };
    helm.run(&["lint", "--strict", CRDS]).unwrap();
    for (name, values) in cases() {
        let linted = helm.run(&["lint", "--strict", CHART, "--values", &values]);
        linted.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_object_is_what_the_api_expects() {
    let tests = "every_object_is_what_the_api_expects";
    let Some((helm, conformance)) = Helm::find(tests).unwrap().zip(Conformance::find(tests).unwrap()) else {
        return;
    };
    let Some(others) = Definitions::find(tests).unwrap() else {
        return;
    };
    for definition in Definition::ALL {
        let definition = serde_json::to_value(definition.crd().unwrap()).unwrap();
        conformance.know(&definition).unwrap();
    }
    for plural in ["podmonitors", "prometheusrules"] {
        conformance.know(&others.one(plural).unwrap()).unwrap();
    }
    for (name, values) in cases() {
        let rendered = render(&helm, &values);
        let objects = rendered.lines().filter(|line| line.starts_with("kind: ")).count();
        let valid = conformance
            .check(&rendered)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(valid, objects, "{name}");
    }
    let definitions = helm.run(&["template", "talkline-crds", CRDS]).unwrap();
    assert_eq!(conformance.check(&definitions).unwrap(), Definition::ALL.len());
    let misspelt = render(&helm, &cases()[0].1).replace("readOnlyRootFilesystem", "readOnlyRootFileSystem");
    assert!(
        conformance.check(&misspelt).is_err(),
        "it does not see a field that is none"
    );
}

/// What the API server stores is what was generated, number by number.
#[test]
fn the_definitions_come_out_as_they_are_generated() {
    let Some(helm) = Helm::find("the_definitions_come_out_as_they_are_generated").unwrap() else {
        return;
    };
    let rendered = helm.run(&["template", "talkline-crds", CRDS]).unwrap();
    let rendered: Vec<Value> = serde_saphyr::from_multiple(&rendered).unwrap();
    assert_eq!(rendered.len(), Definition::ALL.len());
    for definition in Definition::ALL {
        let generated: Value = serde_saphyr::from_str(&definition.yaml().unwrap()).unwrap();
        let name = &generated["metadata"]["name"];
        let rendered = rendered.iter().find(|rendered| rendered["metadata"]["name"] == *name);
        let rendered = rendered.unwrap_or_else(|| panic!("no {name}"));
        assert!(rendered["spec"] == generated["spec"], "helm has changed {name}");
        assert_eq!(rendered["metadata"]["annotations"]["helm.sh/resource-policy"], "keep");
    }
}

#[test]
fn values_that_are_none_are_refused() {
    let Some(helm) = Helm::find("values_that_are_none_are_refused").unwrap() else {
        return;
    };
    for (value, complaint) in refusals::TABLE {
        let set = format!("--set-json={value}");
        let Err(error) = helm.run(&["template", "talkline", CHART, &set]) else {
            panic!("accepted: {value}");
        };
        assert!(error.to_string().contains(complaint), "{value}: {error}");
    }
}
