//! The published definition: it is the one in the repository, it fits where it must, and everything in it has a bound.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::Value;

/// `kubectl apply` keeps the whole object in an annotation, and all annotations of an object may have 256 KiB together.
const ANNOTATIONS: usize = 262_144;

fn schema() -> Value {
    let crd = serde_json::to_value(talkline_crds::crd().unwrap()).unwrap();
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// Calls `visit` with every schema below `path`, the root included.
fn walk(schema: &Value, path: &str, visit: &mut dyn FnMut(&Value, &str)) {
    visit(schema, path);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, &format!("{path}.{name}"), visit);
    }
    for keyword in ["items", "additionalProperties"] {
        if schema[keyword].is_object() {
            walk(&schema[keyword], &format!("{path}[{keyword}]"), visit);
        }
    }
}

#[test]
fn the_file_beside_the_types_is_what_they_generate() {
    let file = include_str!("../chatcluster.yaml");
    assert!(
        file == talkline_crds::crd_yaml().unwrap(),
        "crds/chatcluster.yaml differs from the types; run: cargo run -p talkline-crds --example generate"
    );
}

#[test]
fn the_page_of_its_fields_is_what_the_types_generate() {
    let page = include_str!("../../docs/chatcluster.md");
    assert!(
        page == talkline_crds::reference().unwrap(),
        "docs/chatcluster.md differs from the types; run: cargo run -p talkline-crds --example generate"
    );
}

#[test]
fn it_fits_into_the_annotation_of_client_side_apply() {
    let size = serde_json::to_string(&talkline_crds::crd().unwrap()).unwrap().len();
    assert!(size < ANNOTATIONS, "{size} bytes are more than {ANNOTATIONS}");
}

#[test]
fn every_value_of_the_spec_has_bounds() {
    let mut unbounded = Vec::new();
    walk(&schema()["properties"]["spec"], "spec", &mut |schema, path| {
        let bounded = |keyword: &str| schema[keyword].is_number();
        let fine = match schema["type"].as_str() {
            Some("string") => schema["enum"].is_array() || bounded("maxLength"),
            Some("integer") => bounded("minimum") && bounded("maximum"),
            Some("array") => bounded("maxItems"),
            Some("object") => {
                schema["properties"].is_object()
                    || bounded("maxProperties")
                    || schema["x-kubernetes-preserve-unknown-fields"] == true
            }
            Some("boolean") => true,
            _ => false,
        };
        if !fine {
            unbounded.push(path.to_owned());
        }
    });
    assert!(unbounded.is_empty(), "no bounds: {unbounded:#?}");
}

#[test]
fn every_field_is_described() {
    let mut silent = Vec::new();
    walk(&schema()["properties"]["spec"], "spec", &mut |schema, path| {
        if !path.ends_with(']') && schema["description"].as_str().is_none_or(str::is_empty) {
            silent.push(path.to_owned());
        }
    });
    assert!(silent.is_empty(), "no description: {silent:#?}");
}

#[test]
fn every_rule_has_a_message() {
    let mut rules = 0;
    walk(&schema(), "", &mut |schema, path| {
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            assert!(rule["message"].is_string(), "{path}: {rule}");
            rules += 1;
        }
    });
    assert!(rules >= 20, "only {rules} rules were found");
}
