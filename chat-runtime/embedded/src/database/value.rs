//! Between Rust's values and SQLite's.

use std::error::Error as StdError;

use rusqlite::types::Type;
use serde::{Serialize, de::DeserializeOwned};

/// A count, number or offset as a column; what does not fit is as good as the highest.
pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// From what [`integer`] gave.
pub(crate) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// A value as a column of JSON.
pub(crate) fn to_json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))
}

/// From what [`to_json`] gave, in column `index`.
pub(crate) fn from_json<T: DeserializeOwned>(index: usize, json: &str) -> rusqlite::Result<T> {
    serde_json::from_str(json).map_err(|cause| corrupt(index, cause))
}

/// Column `index` holds what this program never wrote there.
pub(crate) fn corrupt(index: usize, cause: impl StdError + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Null, Box::new(cause))
}
