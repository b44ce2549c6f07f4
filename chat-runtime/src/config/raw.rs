//! A value as somebody wrote it, before anybody has looked at what it should be.

use std::fmt;

/// What stands in a file, a variable or a flag. A list in the latter two has its items between commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raw {
    /// Nothing: the default holds.
    Absent,
    /// One value.
    One(String),
    /// A list, as a file can have it.
    Many(Vec<String>),
}

impl Raw {
    pub(crate) fn one(value: impl fmt::Display) -> Self {
        Self::One(value.to_string())
    }

    pub(crate) fn many(values: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        Self::Many(values.into_iter().map(|value| value.to_string()).collect())
    }

    /// The text of one value.
    ///
    /// # Errors
    /// There are more, or none.
    pub(super) fn text(&self) -> Result<&str, String> {
        match self {
            Self::One(text) => Ok(text),
            Self::Absent => Err("a value is missing".to_owned()),
            Self::Many(_) => Err("one value is wanted, not a list".to_owned()),
        }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Vec<&str> {
        let items: Vec<&str> = match self {
            Self::Absent => Vec::new(),
            Self::One(text) => text.split(',').map(str::trim).collect(),
            Self::Many(items) => items.iter().map(String::as_str).collect(),
        };
        items.into_iter().filter(|item| !item.is_empty()).collect()
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("-"),
            Self::One(text) if text.is_empty() => f.write_str("\"\""),
            Self::One(text) => f.write_str(text),
            Self::Many(items) if items.is_empty() => f.write_str("-"),
            Self::Many(items) => f.write_str(&items.join(",")),
        }
    }
}
