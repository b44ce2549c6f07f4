//! What is wrong with a text: where, which field, and what to do, on one line each.

use std::fmt;

use super::document::Position;
use super::path::Path;

/// One thing that is wrong. It prints as `line 12, column 7: spec.gateway.replicas: 0 is less than the minimum of 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; 0 when the problem lies nowhere in the text.
    pub line: u64,
    /// The column, from 1, in characters; 0 as above.
    pub column: u64,
    /// The field, as `spec.gateway.origins[0]`; empty for the document as a whole.
    pub field: String,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
}

impl Problem {
    pub(super) fn new(position: Position, path: &Path<'_>, message: impl Into<String>) -> Self {
        Self {
            line: position.line,
            column: position.column,
            field: path.to_string(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, column {}: ", self.line, self.column)?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

/// Why a text cannot be read. It prints one line per [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError(Vec<Problem>);

impl LoadError {
    /// What is wrong, in the order of the text; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }

    pub(super) fn at(position: Position, path: &Path<'_>, message: impl Into<String>) -> Self {
        Self(vec![Problem::new(position, path, message)])
    }

    /// The published schema is not one that this reader follows. No text can bring that about, and tests rule it out.
    pub(super) fn internal(error: &serde_json::Error) -> Self {
        Self(vec![Problem {
            line: 0,
            column: 0,
            field: String::new(),
            message: format!("the schema of this program cannot be followed: {error}"),
        }])
    }

    /// What remains once the schema is satisfied: times, and whatever else of ObjectMeta and status is a string of a certain form.
    pub(super) fn of_server_fields(error: &serde_json::Error) -> Self {
        let message = format!("what a server fills in (metadata, status) cannot be read: {error}");
        Self::at(Position::START, &Path::Root, message)
    }

    /// An error unless there is no problem.
    pub(super) fn unless_empty(mut problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Err(Self(problems))
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}
