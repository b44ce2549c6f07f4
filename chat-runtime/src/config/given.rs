//! Something that was given, and where: what the three readers have in common.

use std::{fmt, path::PathBuf};

use super::{raw::Raw, table::Spelling};

/// A value for a key, from somewhere.
pub(super) struct Given {
    pub(super) spelling: &'static Spelling,
    pub(super) raw: Raw,
    pub(super) source: Source,
}

/// Where a value comes from. It prints as somebody finds it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody said anything.
    #[default]
    Default,
    /// The file of settings.
    File {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// From 1.
        column: u64,
        /// The name there.
        field: String,
    },
    /// A variable.
    Environment(String),
    /// A flag, with its hyphens.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File {
                path,
                line,
                column,
                field,
            } => write!(f, "{}: line {line}, column {column}: {field}", path.display()),
            Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}
