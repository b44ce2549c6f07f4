//! Whether a document has the schema's shape: types, names and bounds. Everything that is wrong is found in one walk.

use super::document::{Field, Node, Position};
use super::error::Problem;
use super::path::Path;
use super::schema::{Kind, Schema};
use super::{nearest, scalar};

/// What is wrong with the shape of a document.
pub(super) fn check(document: &Node, schema: &Schema) -> Vec<Problem> {
    let mut walk = Walk { problems: Vec::new() };
    walk.node(document, schema, Position::START, &Path::Root);
    walk.problems
}

struct Walk {
    problems: Vec<Problem>,
}

impl Walk {
    fn say(&mut self, position: Position, path: &Path<'_>, message: impl Into<String>) {
        self.problems.push(Problem::new(position, path, message));
    }

    fn node(&mut self, node: &Node, schema: &Schema, position: Position, path: &Path<'_>) {
        match (schema.kind, node) {
            (Kind::Object, Node::Object(fields)) => self.object(fields, schema, position, path),
            (Kind::Array, Node::List(items)) => self.list(items, schema, position, path),
            (Kind::Object | Kind::Array, _) => self.say(position, path, expected(schema.kind, node)),
            (kind, Node::Scalar(value)) if scalar::is(kind, value) => {
                if let Some(message) = scalar::fault(schema, value) {
                    self.say(position, path, message);
                }
            }
            (kind, _) => self.say(position, path, expected(kind, node)),
        }
    }

    fn object(&mut self, fields: &[Field], schema: &Schema, position: Position, path: &Path<'_>) {
        for name in &schema.required {
            if !fields.iter().any(|field| &field.name == name) {
                self.say(position, path, format!("the field `{name}` is missing"));
            }
        }
        if let Some(most) = schema.max_properties.filter(|most| fields.len() > *most) {
            self.say(
                position,
                path,
                format!("{} entries are more than the maximum of {most}", fields.len()),
            );
        }
        for field in fields {
            self.field(field, schema, path);
        }
    }

    fn field(&mut self, field: &Field, schema: &Schema, path: &Path<'_>) {
        let own = Path::Field(path, &field.name);
        let known = schema.properties.get(&field.name);
        match known.or(schema.additional_properties.as_deref()) {
            // An empty value takes the default where there is one.
            Some(schema) if is_null(&field.value) && (schema.nullable || schema.default.is_some()) => {}
            Some(schema) => self.node(&field.value, schema, field.position, &own),
            None if schema.preserve_unknown_fields => {}
            None => {
                let hint = nearest::hint(&field.name, schema.properties.keys().map(String::as_str));
                self.say(field.position, &own, format!("unknown field{hint}"));
            }
        }
    }

    fn list(&mut self, items: &[(Position, Node)], schema: &Schema, position: Position, path: &Path<'_>) {
        if let Some(least) = schema.min_items.filter(|least| items.len() < *least) {
            self.say(
                position,
                path,
                format!("{} entries are fewer than the minimum of {least}", items.len()),
            );
        }
        if let Some(most) = schema.max_items.filter(|most| items.len() > *most) {
            self.say(
                position,
                path,
                format!("{} entries are more than the maximum of {most}", items.len()),
            );
        }
        let Some(schema) = schema.items.as_deref() else {
            return;
        };
        for (index, (position, item)) in items.iter().enumerate() {
            self.node(item, schema, *position, &Path::Item(path, index));
        }
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node, Node::Scalar(value) if value.is_null())
}

/// That another type was expected, and what to write.
fn expected(kind: Kind, node: &Node) -> String {
    let found = match node {
        Node::Scalar(value) if value.is_null() => "nothing",
        Node::Scalar(value) => return format!("{value} is not {}", scalar::name(kind)),
        Node::List(_) => "a list",
        Node::Object(_) => "an object",
    };
    let hint = match (kind, is_null(node)) {
        (Kind::Object, true) => ": write {} for its defaults",
        (_, true) => ": give a value or remove the line",
        _ => "",
    };
    format!("{found} where {} is expected{hint}", scalar::name(kind))
}
