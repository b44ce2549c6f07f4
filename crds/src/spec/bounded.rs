//! Schemas of strings and maps that Rust's types do not bound. A CEL rule's cost is estimated from the bounds of what it may reach, and the
//! API server refuses a definition whose estimate is open-ended.

use schemars::{Schema, SchemaGenerator, json_schema};

/// A Kubernetes quantity: `500m`, `2Gi`.
pub(super) fn quantity(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "maxLength": 32,
        "pattern": r"^[0-9]+(\.[0-9]+)?([numkKMGTPE]|[KMGTPE]i)?$"
    })
}

/// Annotations: up to 32 of up to 4,096 characters.
pub(super) fn annotations(_: &mut SchemaGenerator) -> Schema {
    string_map(4_096)
}

/// Labels: up to 32 of up to 63 characters.
pub(super) fn labels(_: &mut SchemaGenerator) -> Schema {
    string_map(63)
}

fn string_map(value_length: u32) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": { "type": "string", "maxLength": value_length }
    })
}
