//! Bad specs, and what is said about each: by `load`, and by a real API server. Both test binaries read this one table.
#![allow(dead_code, reason = "each test binary uses a part")]

mod rules;
mod shape;

pub(crate) use rules::RULES;
pub(crate) use shape::SHAPE;

/// What stands before every spec of the tables; their first line is line 6.
pub(crate) const HEADER: &str =
    "apiVersion: talkline.dev/v1alpha1\nkind: ChatCluster\nmetadata:\n  name: chat\nspec:\n";

/// A spec that must be refused, for one reason.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The lines below `spec:`.
    pub(crate) spec: &'static str,
    /// Where `load` points to.
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) field: &'static str,
    pub(crate) message: &'static str,
    /// What the server's answer must contain; absent where it is `field` and `message`.
    pub(crate) server: Option<&'static str>,
}

/// A case of a CEL rule, whose message both sides give alike.
const fn rule(
    name: &'static str,
    spec: &'static str,
    (line, column): (u64, u64),
    field: &'static str,
    message: &'static str,
) -> Case {
    Case {
        name,
        spec,
        line,
        column,
        field,
        message,
        server: None,
    }
}

impl Case {
    pub(crate) fn text(&self) -> String {
        format!("{HEADER}{}\n", self.spec)
    }

    /// The one line that `load` prints.
    pub(crate) fn line(&self) -> String {
        format!(
            "line {}, column {}: {}: {}",
            self.line, self.column, self.field, self.message
        )
    }

    /// What the server's answer must contain.
    pub(crate) fn answer(&self) -> String {
        match self.server {
            Some(answer) => answer.to_owned(),
            None => format!("{}: Invalid value: {}", self.field, self.message),
        }
    }
}

pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    SHAPE.iter().chain(RULES)
}
