//! Whether one value keeps the bounds that its schema states.

use regex_lite::Regex;
use serde_json::Value;

use super::nearest;
use super::schema::{Kind, Schema};

/// Whether a value has a scalar type.
pub(super) fn is(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::String => value.is_string(),
        Kind::Integer => value.is_i64(),
        Kind::Boolean => value.is_boolean(),
        Kind::Object | Kind::Array => false,
    }
}

/// A type's name, with what to write.
pub(super) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Object => "an object",
        Kind::Array => "a list",
        Kind::String => "a string (put it in quotes)",
        Kind::Integer => "a whole number",
        Kind::Boolean => "true or false",
    }
}

/// What is wrong with a value of the right type, if anything.
pub(super) fn fault(schema: &Schema, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => string_fault(schema, text),
        Value::Number(number) => number.as_i64().and_then(|number| integer_fault(schema, number)),
        _ => None,
    }
}

fn integer_fault(schema: &Schema, number: i64) -> Option<String> {
    if let Some(least) = schema.minimum.filter(|least| number < *least) {
        return Some(format!("{number} is less than the minimum of {least}"));
    }
    let most = schema.maximum.filter(|most| number > *most)?;
    Some(format!("{number} is more than the maximum of {most}"))
}

fn string_fault(schema: &Schema, text: &str) -> Option<String> {
    if !schema.choices.is_empty() && !schema.choices.iter().any(|choice| choice == text) {
        let hint = nearest::hint(text, schema.choices.iter().map(String::as_str));
        return Some(format!("{text:?} is not one of the choices{hint}"));
    }
    let length = text.chars().count();
    if let Some(least) = schema.min_length.filter(|least| length < *least) {
        return Some(format!("{text:?} is shorter than the minimum of {least} characters"));
    }
    if let Some(most) = schema.max_length.filter(|most| length > *most) {
        return Some(format!("{length} characters are more than the maximum of {most}"));
    }
    let pattern = schema.pattern.as_deref()?;
    match Regex::new(pattern) {
        Ok(regex) if regex.is_match(text) => None,
        Ok(_) => Some(format!("{text:?} does not match {pattern}")),
        Err(error) => Some(format!("the pattern {pattern} cannot be read: {error}")),
    }
}
