//! Fills in the schema's defaults as an API server does.

use serde_json::Value;

use super::schema::Schema;

/// Puts in every default whose field is absent, or null; defaults of a default's own fields too. An absent object without a default stays
/// absent, whatever defaults its fields have.
pub(super) fn apply(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, property) in &schema.properties {
                let absent = fields.get(name).is_none_or(Value::is_null);
                if let Some(default) = property.default.as_ref().filter(|_| absent) {
                    fields.insert(name.clone(), default.clone());
                }
                if let Some(field) = fields.get_mut(name) {
                    apply(property, field);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.items.as_deref() {
                items.iter_mut().for_each(|item| apply(schema, item));
            }
        }
        _ => {}
    }
}
