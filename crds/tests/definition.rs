//! The published definition: it is the one in the repository, it fits where it must, and everything in it has a bound.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{fs, path::Path};

use serde_json::Value;
use talkline_crds::Definition;

/// `kubectl apply` keeps the whole object in an annotation, and all annotations of an object may have 256 KiB together.
const ANNOTATIONS: usize = 262_144;

fn schema(definition: Definition) -> Value {
    let crd = serde_json::to_value(definition.crd().unwrap()).unwrap();
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
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

/// The same with the specs of all definitions.
fn walk_specs(visit: &mut dyn FnMut(&Value, &str)) {
    for definition in Definition::ALL {
        let path = format!("{}.spec", definition.kind());
        walk(&schema(definition)["properties"]["spec"], &path, visit);
    }
}

#[test]
fn files_and_pages_are_what_the_types_generate() {
    for definition in Definition::ALL {
        let name = definition.kind().to_lowercase();
        let generated = [
            (format!("{name}.yaml"), definition.yaml().unwrap()),
            (format!("../docs/{name}.md"), definition.reference().unwrap()),
        ];
        for (path, text) in generated {
            assert!(
                read(&path) == text,
                "{path} differs from the types; run: cargo run -p talkline-crds --example generate"
            );
        }
    }
}

#[test]
fn each_fits_into_the_annotation_of_client_side_apply() {
    for definition in Definition::ALL {
        let size = serde_json::to_string(&definition.crd().unwrap()).unwrap().len();
        assert!(size < ANNOTATIONS, "{size} bytes are more than {ANNOTATIONS}");
    }
}

#[test]
fn every_value_of_the_spec_has_bounds() {
    let mut unbounded = Vec::new();
    walk_specs(&mut |schema, path| {
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
    walk_specs(&mut |schema, path| {
        if !path.ends_with(']') && schema["description"].as_str().is_none_or(str::is_empty) {
            silent.push(path.to_owned());
        }
    });
    assert!(silent.is_empty(), "no description: {silent:#?}");
}

#[test]
fn every_rule_has_a_message() {
    let mut rules = 0;
    let visit = &mut |schema: &Value, path: &str| {
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            assert!(rule["message"].is_string(), "{path}: {rule}");
            rules += 1;
        }
    };
    Definition::ALL
        .into_iter()
        .for_each(|definition| walk(&schema(definition), definition.kind(), visit));
    assert!(rules >= 20, "only {rules} rules were found");
}
