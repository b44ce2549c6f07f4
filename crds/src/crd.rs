//! The definition as it is published: what the derive makes, brought into the form that an API server takes without a warning and that a
//! client-side check can follow literally.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Map, Value, json};

use crate::{ChatCluster, ChatLoadTest};

/// The longest name of an object, in characters: names of the objects made from it add up to 23, and a Service's may have 63.
pub const MAX_NAME_LENGTH: usize = 40;

/// A Service's name (RFC 1035): the object's is the beginning of several.
const NAME_PATTERN: &str = "^[a-z]([a-z0-9-]*[a-z0-9])?$";

/// Formats that an API server knows; it warns about others.
const KNOWN_FORMATS: [&str; 4] = ["int32", "int64", "double", "date-time"];

/// One of the kinds that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// A chat platform.
    ChatCluster,
    /// A load test of one.
    ChatLoadTest,
}

impl Definition {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::ChatCluster, Self::ChatLoadTest];

    /// The kind's name.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::ChatCluster => "ChatCluster",
            Self::ChatLoadTest => "ChatLoadTest",
        }
    }

    /// The CustomResourceDefinition.
    ///
    /// # Errors
    /// When the generated definition is not one, which a test rules out.
    pub fn crd(self) -> Result<CustomResourceDefinition, serde_json::Error> {
        serde_json::from_value(self.published()?)
    }

    /// The definition as the text of its file in `crds/`, which is named after the kind.
    ///
    /// # Errors
    /// As [`crd`](Self::crd).
    pub fn yaml(self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let mut text = String::from(
            "# Generated from the types of talkline-crds: cargo run -p talkline-crds --example generate\n",
        );
        text.push_str(&serde_saphyr::to_string(&self.published()?)?);
        Ok(text)
    }

    /// The schema of a whole object, as published.
    pub(crate) fn schema(self) -> Result<Value, serde_json::Error> {
        let mut definition = self.published()?;
        Ok(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take())
    }

    fn published(self) -> Result<Value, serde_json::Error> {
        let mut definition = serde_json::to_value(match self {
            Self::ChatCluster => ChatCluster::crd(),
            Self::ChatLoadTest => ChatLoadTest::crd(),
        })?;
        let schema = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        publish(schema);
        schema["properties"]["metadata"] = json!({
            "type": "object",
            "properties": { "name": { "type": "string", "maxLength": MAX_NAME_LENGTH, "pattern": NAME_PATTERN } }
        });
        definition.sort_all_objects();
        Ok(definition)
    }
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
