//! A strict reader of a ChatCluster's YAML, for machines without an API server: what it accepts, a cluster accepts, with the same defaults;
//! what it refuses, it refuses with the line, the column and what to do.
//!
//! It follows the published schema literally and evaluates its CEL rules, so there is no second description of what is valid.

mod defaults;
pub mod document;
mod error;
mod header;
mod metadata;
pub mod nearest;
mod path;
mod rules;
mod scalar;
mod schema;
mod shape;

pub use error::{LoadError, Problem};

use crate::ChatCluster;

/// Reads one ChatCluster, with every default filled in.
///
/// A status, as `kubectl get -o yaml` prints one, is read and checked as well.
///
/// # Errors
/// Everything that is wrong, in the order of the text: a syntax error alone; else what has the wrong shape; else the rules that are broken.
pub fn load(text: &str) -> Result<ChatCluster, LoadError> {
    let document = document::parse(text)?;
    header::check(&document)?;
    let schema = schema::Schema::published().map_err(|error| LoadError::internal(&error))?;
    LoadError::unless_empty(shape::check(&document, &schema))?;
    let mut value = document.to_json();
    defaults::apply(&schema, &mut value);
    LoadError::unless_empty(rules::check(&value, &schema, &document))?;
    serde_json::from_value(value).map_err(|error| LoadError::of_server_fields(&error))
}
