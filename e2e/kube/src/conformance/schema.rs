//! From the API's description of types to schemas that refuse what the API would not know.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Where the definitions are, in the description and in each schema made of it.
const DEFINITIONS: &str = "#/definitions/";

/// Closes every object that names its fields: another one is a mistake. And lets be numbers what may be one:
/// quantities, and ports with names.
pub(super) fn close(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            let open = fields.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
            if fields.get("properties").is_some_and(is_schemas) && !open {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            let number_too = fields.get("format").is_some_and(|format| format == "int-or-string")
                || fields.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true))
                || is_quantity(fields);
            if number_too {
                fields.insert("type".to_owned(), json!(["string", "number"]));
            }
        }
        _ => {}
    }
}

/// Whether `properties` are a type's, and not a field that happens to have that name.
fn is_schemas(properties: &Value) -> bool {
    let fields = properties.as_object();
    fields.is_some_and(|fields| fields.values().all(Value::is_object))
}

/// The one type that the description calls a string, and the API takes as a number too.
fn is_quantity(fields: &Map<String, Value>) -> bool {
    let description = fields.get("description").and_then(Value::as_str);
    description.is_some_and(|text| text.starts_with("Quantity is a fixed-point representation of a number"))
}

/// The schema of the definition `name`, with all that it refers to.
pub(super) fn standalone(name: &str, definitions: &Map<String, Value>) -> Value {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![name.to_owned()];
    while let Some(name) = waiting.pop() {
        if let Some(definition) = definitions.get(&name)
            && reached.insert(name)
        {
            references(definition, &mut waiting);
        }
    }
    let reached: Map<String, Value> = reached
        .into_iter()
        .filter_map(|name| {
            definitions
                .get(&name)
                .map(|definition| (name.clone(), definition.clone()))
        })
        .collect();
    json!({ "$ref": format!("{DEFINITIONS}{name}"), "definitions": reached })
}

/// Adds the names that a schema refers to.
fn references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            names.extend(
                reference
                    .and_then(|name| name.strip_prefix(DEFINITIONS))
                    .map(str::to_owned),
            );
            fields.values().for_each(|field| references(field, names));
        }
        _ => {}
    }
}

/// A custom resource's schema, which says nothing of what every object has.
pub(super) fn of_custom_resource(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("apiVersion".to_owned(), json!({ "type": "string" }));
        properties.insert("kind".to_owned(), json!({ "type": "string" }));
        properties.entry("metadata").or_insert_with(|| json!({}));
        // What it says of an object's metadata is a part of it.
        if let Some(metadata) = properties.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("x-kubernetes-preserve-unknown-fields".to_owned(), Value::Bool(true));
        }
    }
    close(&mut schema);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standalone_schema_has_what_it_refers_to_and_no_more() {
        let definitions = json!({
            "a": { "properties": { "b": { "$ref": "#/definitions/b" } } },
            "b": { "items": { "$ref": "#/definitions/a" } },
            "c": {},
        });
        let schema = standalone("a", definitions.as_object().unwrap());
        assert_eq!(schema["$ref"], "#/definitions/a");
        let names: Vec<_> = schema["definitions"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn objects_are_closed_unless_they_say_otherwise() {
        let mut schema = json!({
            "properties": {
                "closed": { "properties": { "properties": { "type": "string" } } },
                "open": { "properties": {}, "x-kubernetes-preserve-unknown-fields": true },
                "map": { "properties": {}, "additionalProperties": { "type": "string" } },
                "port": { "type": "string", "format": "int-or-string" },
            }
        });
        close(&mut schema);
        assert_eq!(schema["additionalProperties"], false);
        let properties = &schema["properties"];
        assert_eq!(
            properties["additionalProperties"],
            Value::Null,
            "a list of fields is no schema"
        );
        assert_eq!(properties["closed"]["additionalProperties"], false);
        assert_eq!(properties["open"]["additionalProperties"], Value::Null);
        assert_eq!(properties["map"]["additionalProperties"]["type"], "string");
        assert_eq!(properties["port"]["type"], json!(["string", "number"]));
    }

    #[test]
    fn a_custom_resource_may_have_what_every_object_has() {
        let schema = of_custom_resource(&json!({ "properties": { "spec": { "type": "object" } } }));
        let fields: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["apiVersion", "kind", "metadata", "spec"]);
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["metadata"]["additionalProperties"], Value::Null);
    }
}
