//! The fields of an object as a page to read, made from the schema, so that it never says anything else than the API server does.

use serde_json::{Map, Value};

use crate::Definition;

impl Definition {
    /// The text of the page in `docs/` that is named after the kind.
    ///
    /// # Errors
    /// As [`crd`](Self::crd).
    pub fn reference(self) -> Result<String, serde_json::Error> {
        let schema = self.schema()?;
        let mut page = head(self);
        let spec = &schema["properties"]["spec"];
        section(&mut page, "spec", spec, Objects::Elsewhere);
        for (name, field) in properties(spec).filter(|(_, field)| has_fields(field)) {
            section(&mut page, &format!("spec.{name}"), field, Objects::Here);
        }
        section(&mut page, "status", &schema["properties"]["status"], Objects::Here);
        Ok(page)
    }
}

fn head(definition: Definition) -> String {
    let kind = definition.kind();
    let explained = kind.to_lowercase();
    let rest = match definition {
        Definition::ChatCluster => {
            "Every field may be left
out, unless it is *required* in an object that is given. A name is at most 40 characters long, since those of the objects made from it
begin with it."
        }
        Definition::ChatLoadTest => {
            "How one runs is told in
[loadtest-on-kubernetes.md](loadtest-on-kubernetes.md). Every field may be left out, unless it is *required*. A name is at most 40 characters long, since
those of the objects made from it begin with it."
        }
    };
    format!(
        "\
# {kind}, field by field

<!-- Made from the types of talkline-crds: cargo run -p talkline-crds --example generate -->

`apiVersion: talkline.dev/v1alpha1`, `kind: {kind}`; `kubectl explain {explained}.spec` says the same. {rest}
"
    )
}

/// Where the fields of objects within an object are told.
#[derive(Clone, Copy, PartialEq)]
enum Objects {
    /// In rows of the same table.
    Here,
    /// In a section of their own, which is named after the object.
    Elsewhere,
}

/// A heading, what it is about, a table of its fields, and what must hold between them.
fn section(page: &mut String, path: &str, schema: &Value, objects: Objects) {
    *page += &format!("\n## {path}\n\n{}\n\n", description(schema));
    *page += "| field | type | default | |\n|---|---|---|---|\n";
    let mut rules = Vec::new();
    rows(page, &mut rules, "", schema, objects);
    if !rules.is_empty() {
        *page += "\nWhat does not hold is refused with one of these sentences:\n\n";
        rules.iter().for_each(|rule| *page += &format!("- {rule}\n"));
    }
}

fn rows(page: &mut String, rules: &mut Vec<String>, above: &str, schema: &Value, objects: Objects) {
    rules.extend(messages(schema));
    for (name, field) in properties(schema) {
        let path = format!("{above}{name}");
        let (inner, mark) = match field["type"] == "array" {
            true => (&field["items"], "[]."),
            false => (field, "."),
        };
        let elsewhere = has_fields(inner) && objects == Objects::Elsewhere;
        let kind = match elsewhere {
            true => format!("see [`spec.{name}`](#spec{})", name.to_lowercase()),
            false => kind(field),
        };
        let default = match &field["default"] {
            Value::Null if requires(schema, name) => "*required*".to_owned(),
            Value::Null | Value::Object(_) => String::new(),
            default => format!("`{default}`").replace('"', ""),
        };
        let about = description(field).replace('|', "\\|").replace("\n\n", "<br>");
        *page += &format!("| `{path}` | {kind} | {default} | {about} |\n");
        if !elsewhere {
            rows(page, rules, &format!("{path}{mark}"), inner, objects);
        }
    }
}

/// A type with its bounds, in words.
fn kind(schema: &Value) -> String {
    let number = |keyword: &str| schema[keyword].as_i64();
    match schema["type"].as_str().unwrap_or("any") {
        "string" if schema["enum"].is_array() => {
            let values = schema["enum"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
        }
        "integer" => match (number("minimum"), number("maximum")) {
            (Some(least), Some(most)) => format!("integer, {least} to {most}"),
            _ => "integer".to_owned(),
        },
        "array" => {
            let of = kind(&schema["items"]);
            number("maxItems").map_or_else(
                || format!("list of {of}"),
                |most| format!("list of {of}, {most} at most"),
            )
        }
        "object" if schema["additionalProperties"].is_object() => {
            format!("map of {}", kind(&schema["additionalProperties"]))
        }
        other => other.to_owned(),
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flat_map(Map::iter)
}

fn has_fields(schema: &Value) -> bool {
    schema["properties"].is_object()
}

fn requires(schema: &Value, name: &str) -> bool {
    let required = schema["required"].as_array();
    required.is_some_and(|required| required.iter().any(|field| field == name))
}

fn description(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}

fn messages(schema: &Value) -> impl Iterator<Item = String> {
    let rules = schema["x-kubernetes-validations"].as_array().into_iter().flatten();
    rules.filter_map(|rule| Some(rule["message"].as_str()?.to_owned()))
}
