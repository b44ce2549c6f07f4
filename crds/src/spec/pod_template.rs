//! Overrides of the pods that the operator makes.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A partial pod template (`metadata`, `spec`), merged last over what the operator builds (strategic merge: containers by name).
///
/// Its content is not described in the schema: the whole pod template is larger than what client-side apply can carry. The API
/// server checks it when the Deployment is applied, and the result stands in the cluster's conditions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PodTemplate(pub Map<String, Value>);

impl JsonSchema for PodTemplate {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PodTemplate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A partial pod template (metadata, spec), merged last over what the operator builds.",
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": true
        })
    }
}
