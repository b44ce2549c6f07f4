//! YAML as a tree that remembers where everything stood. Strict: what JSON could not express, and a name that stands twice, is
//! refused. It knows nothing of a ChatCluster, so that other files of settings are read by it as well.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Error, Location, Spanned};

use super::error::LoadError;
use super::path::Path;

/// A place in the text, from line 1 and column 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}

impl Position {
    /// Where every text begins.
    pub(super) const START: Self = Self { line: 1, column: 1 };

    fn of(location: Location) -> Self {
        Self {
            line: location.line(),
            column: location.column(),
        }
    }
}

/// A value of the document.
#[derive(Clone, Debug)]
pub enum Node {
    /// A null, boolean, number or string.
    Scalar(Value),
    /// A list, each item with where it begins.
    List(Vec<(Position, Node)>),
    /// An object, in the text's order.
    Object(Vec<Field>),
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    /// Where its name begins: what a message about the field points to.
    pub position: Position,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub value: Node,
}

impl Node {
    /// The field of an object by name.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        match self {
            Self::Object(fields) => fields.iter().find(|field| field.name == name),
            _ => None,
        }
    }

    /// The same without positions.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Scalar(value) => value.clone(),
            Self::List(items) => items.iter().map(|(_, item)| item.to_json()).collect(),
            Self::Object(fields) => {
                let fields = fields.iter().map(|field| (field.name.clone(), field.value.to_json()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

/// Reads the one document of a text; nothing at all reads as null.
///
/// # Errors
/// When the text is not YAML, or holds several documents.
pub fn parse(text: &str) -> Result<Node, LoadError> {
    // Only `true` and `false` are booleans: `no` as a name stays one.
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    let documents: Vec<Spanned<Node>> =
        serde_saphyr::from_multiple_with_options(text, options).map_err(|error| syntax_error(&error))?;
    let mut documents = documents.into_iter();
    let first = documents
        .next()
        .map_or(Node::Scalar(Value::Null), |document| document.value);
    match documents.next() {
        None => Ok(first),
        Some(second) => Err(LoadError::at(
            Position::of(second.referenced),
            &Path::Root,
            "a second document begins: one file holds one document",
        )),
    }
}

fn syntax_error(error: &Error) -> LoadError {
    let position = error.location().map_or(Position::START, Position::of);
    let message = match error.without_snippet() {
        // The parser's own words for these speak to its caller, not to who wrote the text.
        Error::DuplicateMappingKey { .. } => "this field stands here for the second time".to_owned(),
        Error::NonFiniteFloat { .. } => "a number must be finite".to_owned(),
        Error::Budget { .. } => "this is larger, or more deeply nested, than any settings are".to_owned(),
        other => one_line(&other.to_string()),
    };
    LoadError::at(position, &Path::Root, message)
}

/// The parser's message without its own position, which every problem prints in front.
fn one_line(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let end = first.find(" at line ").unwrap_or(first.len());
    first[..end].to_owned()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML that JSON can express")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number must be finite"))?;
        Ok(Node::Scalar(Value::Number(number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Node>>()? {
            items.push((Position::of(item.referenced), item.value));
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = access.next_key::<Spanned<String>>()? {
            fields.push(Field {
                position: Position::of(name.referenced),
                name: name.value,
                value: access.next_value()?,
            });
        }
        Ok(Node::Object(fields))
    }
}
