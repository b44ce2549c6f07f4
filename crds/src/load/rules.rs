//! The schema's CEL rules, evaluated here as an API server evaluates them at creation. Rules that compare with an older object do not
//! apply to a file, which has none.

use std::collections::HashMap;

use cel::{Context, Program, Value as Cel};
use serde_json::Value;

use super::document::{Node, Position};
use super::error::Problem;
use super::path::Path;
use super::schema::{Rule, Schema};

/// The rules that a value of the right shape breaks, placed where the document says what they are about.
pub(super) fn check(value: &Value, schema: &Schema, document: &Node) -> Vec<Problem> {
    let mut walk = Walk { problems: Vec::new() };
    let place = Place {
        node: Some(document),
        position: Position::START,
    };
    walk.value(value, schema, place, &Path::Root);
    walk.problems
}

/// Where a value stands in the document; for one that a default put in, where the nearest object around it stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    node: Option<&'a Node>,
    position: Position,
}

impl<'a> Place<'a> {
    fn field(self, name: &str) -> Self {
        match self.node.and_then(|node| node.field(name)) {
            Some(field) => Self {
                node: Some(&field.value),
                position: field.position,
            },
            None => Self { node: None, ..self },
        }
    }

    fn item(self, index: usize) -> Self {
        match self.node {
            Some(Node::List(items)) => items.get(index).map_or(self, |(position, node)| Self {
                node: Some(node),
                position: *position,
            }),
            _ => self,
        }
    }
}

struct Walk {
    problems: Vec<Problem>,
}

impl Walk {
    fn value(&mut self, value: &Value, schema: &Schema, place: Place<'_>, path: &Path<'_>) {
        for rule in &schema.rules {
            if let Err(message) = evaluate(rule, value) {
                self.problems.push(problem(rule, message, place, path));
            }
        }
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let property = schema.properties.get(name);
                    if let Some(schema) = property.or(schema.additional_properties.as_deref()) {
                        self.value(field, schema, place.field(name), &Path::Field(path, name));
                    }
                }
            }
            Value::Array(items) => {
                let Some(schema) = schema.items.as_deref() else {
                    return;
                };
                for (index, item) in items.iter().enumerate() {
                    self.value(item, schema, place.item(index), &Path::Item(path, index));
                }
            }
            _ => {}
        }
    }
}

/// A broken rule, at the field that it names.
fn problem(rule: &Rule, message: String, place: Place<'_>, path: &Path<'_>) -> Problem {
    let names = rule.field_path.split('.').filter(|name| !name.is_empty());
    let place = names.fold(place, Place::field);
    let mut problem = Problem::new(place.position, path, message);
    problem.field.push_str(&rule.field_path);
    problem
}

/// Whether a value keeps a rule; else the rule's message.
fn evaluate(rule: &Rule, value: &Value) -> Result<(), String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("the rule `{}` cannot be evaluated: {error}", rule.rule);
    let program = Program::compile(&rule.rule).map_err(|error| unreadable(&error))?;
    if program.references().has_variable("oldSelf") {
        return Ok(());
    }
    let mut context = Context::default();
    context.add_variable_from_value("self", to_cel(value));
    match program.execute(&context) {
        Ok(Cel::Bool(true)) => Ok(()),
        Ok(Cel::Bool(false)) => Err(rule.message.clone()),
        Ok(other) => Err(unreadable(&format!("{other:?} is no truth value"))),
        Err(error) => Err(unreadable(&error)),
    }
}

/// A value as a rule sees it. Every number of the schema is an integer, and CEL's literals are signed ones.
fn to_cel(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(value) => Cel::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Cel::Int(integer),
            None => Cel::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Cel::from(text.as_str()),
        Value::Array(items) => Cel::from(items.iter().map(to_cel).collect::<Vec<_>>()),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), to_cel(field)));
            Cel::from(fields.collect::<HashMap<_, _>>())
        }
    }
}
