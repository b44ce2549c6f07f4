//! The definition as it is published: what the derive makes, brought into the form that an API server takes without a warning and that a
//! client-side check can follow literally.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Map, Value, json};

use crate::ChatCluster;

/// The longest name of a ChatCluster, in characters: names of the objects made from it add up to 23, and a Service's may have 63.
pub const MAX_NAME_LENGTH: usize = 40;

/// A Service's name (RFC 1035): the cluster's is the beginning of several.
const NAME_PATTERN: &str = "^[a-z]([a-z0-9-]*[a-z0-9])?$";

/// Formats that an API server knows; it warns about others.
const KNOWN_FORMATS: [&str; 4] = ["int32", "int64", "double", "date-time"];

/// The CustomResourceDefinition of [`ChatCluster`].
///
/// # Errors
/// When the generated definition is not one, which a test rules out.
pub fn crd() -> Result<CustomResourceDefinition, serde_json::Error> {
    serde_json::from_value(definition()?)
}

/// The definition as the text of `crds/chatcluster.yaml`.
///
/// # Errors
/// As [`crd`].
pub fn crd_yaml() -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut text =
        String::from("# Generated from the types of talkline-crds: cargo run -p talkline-crds --example generate\n");
    text.push_str(&serde_saphyr::to_string(&definition()?)?);
    Ok(text)
}

/// The schema of a whole ChatCluster, as published.
pub(crate) fn schema() -> Result<Value, serde_json::Error> {
    let mut definition = definition()?;
    Ok(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take())
}

fn definition() -> Result<Value, serde_json::Error> {
    let mut definition = serde_json::to_value(ChatCluster::crd())?;
    let schema = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    publish(schema);
    schema["properties"]["metadata"] = json!({
        "type": "object",
        "properties": { "name": { "type": "string", "maxLength": MAX_NAME_LENGTH, "pattern": NAME_PATTERN } }
    });
    definition.sort_all_objects();
    Ok(definition)
}

/// Removes what Rust's types add and an API server would not want:
/// - `nullable`: an absent value is absent, and `null` then takes the default instead of standing beside it;
/// - formats of Rust's unsigned numbers, whose bounds say the same;
/// - the decimal point of bounds, which the definition's type keeps as floating-point numbers;
/// - line breaks within a paragraph of a description.
fn publish(schema: &mut Value) {
    let Value::Object(fields) = schema else {
        return;
    };
    fields.remove("nullable");
    if let Some(format) = fields.get("format").and_then(Value::as_str)
        && !KNOWN_FORMATS.contains(&format)
    {
        fields.remove("format");
    }
    for bound in ["minimum", "maximum"] {
        if let Some(whole) = fields
            .get(bound)
            .and_then(Value::as_f64)
            .filter(|bound| bound.fract() == 0.0)
        {
            // Every bound here is far below 2^53, where floating-point numbers are exact.
            fields.insert(bound.to_owned(), json!(whole as i64));
        }
    }
    if let Some(Value::String(description)) = fields.get_mut("description") {
        *description = unwrapped(description);
    }
    for (keyword, value) in fields.iter_mut() {
        match keyword.as_str() {
            "properties" => value
                .as_object_mut()
                .into_iter()
                .flat_map(Map::values_mut)
                .for_each(publish),
            "items" | "additionalProperties" => publish(value),
            _ => {}
        }
    }
}

/// A description with each paragraph on one line.
fn unwrapped(description: &str) -> String {
    let paragraphs = description.split("\n\n").map(|paragraph| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}
