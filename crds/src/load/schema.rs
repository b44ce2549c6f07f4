//! The published schema as this crate's own reader follows it: the keywords that it uses, and no others.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A structural schema. An unknown keyword is an error, so that the reader cannot fall behind the API server in silence.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Schema {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    pub(super) properties: BTreeMap<String, Schema>,
    pub(super) additional_properties: Option<Box<Schema>>,
    pub(super) items: Option<Box<Schema>>,
    pub(super) required: Vec<String>,
    pub(super) default: Option<Value>,
    /// Whether `null` is a value. Nothing in the published schema is nullable; some of ObjectMeta is.
    pub(super) nullable: bool,
    #[serde(rename = "enum")]
    pub(super) choices: Vec<String>,
    pub(super) minimum: Option<i64>,
    pub(super) maximum: Option<i64>,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    pub(super) pattern: Option<String>,
    pub(super) min_items: Option<usize>,
    pub(super) max_items: Option<usize>,
    pub(super) max_properties: Option<usize>,
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    pub(super) preserve_unknown_fields: bool,
    #[serde(rename = "x-kubernetes-validations")]
    pub(super) rules: Vec<Rule>,

    // What says nothing about whether one document is valid.
    #[serde(rename = "title")]
    _title: Ignored,
    #[serde(rename = "description")]
    _description: Ignored,
    #[serde(rename = "format")]
    _format: Ignored,
    #[serde(rename = "x-kubernetes-list-type")]
    _list_type: Ignored,
    #[serde(rename = "x-kubernetes-list-map-keys")]
    _list_map_keys: Ignored,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    #[default]
    Object,
    Array,
    String,
    Integer,
    Boolean,
}

/// A CEL rule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) rule: String,
    pub(super) message: String,
    /// The field that the message is about, as `.worker.replicas` from where the rule stands.
    #[serde(default)]
    pub(super) field_path: String,
}

/// A keyword without a meaning here.
#[derive(Debug, Default)]
struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Schema {
    /// The schema of a ChatCluster.
    ///
    /// # Errors
    /// When it uses a keyword that this reader does not know, which tests rule out.
    pub(super) fn published() -> Result<Self, serde_json::Error> {
        let mut schema: Self = serde_json::from_value(crate::Definition::ChatCluster.schema()?)?;
        // An API server knows these three of every object, and a definition leaves them out.
        for name in ["apiVersion", "kind"] {
            schema.properties.insert(name.to_owned(), Self::text());
        }
        let metadata = schema.properties.entry("metadata".to_owned()).or_default();
        metadata.properties.extend(super::metadata::fields()?);
        metadata.required.push("name".to_owned());
        schema.required.push("metadata".to_owned());
        Ok(schema)
    }

    fn text() -> Self {
        Self {
            kind: Kind::String,
            ..Self::default()
        }
    }
}
