//! ObjectMeta, whose schema an API server has built in: `name`'s own rules come from the published schema.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::schema::Schema;

/// The fields of ObjectMeta but for `name`. What a server fills in is accepted as it prints it, since a file may come from `kubectl get`.
///
/// # Errors
/// When one of them is no schema, which every call of [`crate::load()`] would show.
pub(super) fn fields() -> Result<BTreeMap<String, Schema>, serde_json::Error> {
    let text = || json!({ "type": "string" });
    let time = || json!({ "type": "string", "nullable": true });
    let number = || json!({ "type": "integer" });
    let texts = || json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let objects = || json!({ "type": "array", "items": { "x-kubernetes-preserve-unknown-fields": true } });
    let fields = [
        ("namespace", text()),
        ("labels", texts()),
        ("annotations", texts()),
        ("finalizers", json!({ "type": "array", "items": text() })),
        ("ownerReferences", objects()),
        ("managedFields", objects()),
        ("creationTimestamp", time()),
        ("deletionTimestamp", time()),
        ("deletionGracePeriodSeconds", number()),
        ("generation", number()),
        ("resourceVersion", text()),
        ("selfLink", text()),
        ("uid", text()),
    ];
    let schema = |(name, schema): (&str, Value)| Ok((name.to_owned(), serde_json::from_value(schema)?));
    fields.into_iter().map(schema).collect()
}
