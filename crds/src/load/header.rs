//! Whether a document is a ChatCluster of this version at all: said in one sentence before its fields are looked at.

use kube::Resource;
use serde_json::Value;

use super::document::{Node, Position};
use super::error::LoadError;
use super::path::Path;
use crate::ChatCluster;

/// Checks `apiVersion` and `kind`.
///
/// # Errors
/// When either is missing or another's.
pub(super) fn check(document: &Node) -> Result<(), LoadError> {
    let api_version = ChatCluster::api_version(&());
    let kind = ChatCluster::kind(&());
    let message = match document {
        Node::Scalar(Value::Null) => format!("the file is empty: it should hold a {kind} ({api_version})"),
        Node::Scalar(_) | Node::List(_) => format!("the file should hold one object, a {kind} ({api_version})"),
        Node::Object(_) => {
            expect(document, "kind", &kind)?;
            return expect(document, "apiVersion", &api_version);
        }
    };
    Err(LoadError::at(Position::START, &Path::Root, message))
}

fn expect(document: &Node, name: &str, expected: &str) -> Result<(), LoadError> {
    let path = Path::Field(&Path::Root, name);
    let Some(field) = document.field(name) else {
        return Err(LoadError::at(
            Position::START,
            &path,
            format!("missing: it should be {expected}"),
        ));
    };
    match &field.value {
        Node::Scalar(Value::String(found)) if found == expected => Ok(()),
        Node::Scalar(found) => Err(LoadError::at(
            field.position,
            &path,
            format!("{found} is not what this program reads: it should be {expected}"),
        )),
        Node::List(_) | Node::Object(_) => {
            Err(LoadError::at(field.position, &path, format!("it should be {expected}")))
        }
    }
}
