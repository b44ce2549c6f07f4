//! The page of a chart's values, made from `values.yaml`: what stands in the comment above a value is its description.
//!
//! Of YAML, this reads what `values.yaml` uses: a key a line, each below a comment, and its value, if it has one, on the same line.
//! A test holds what is read here against what a YAML parser reads.

use std::fmt::Write;

use anyhow::{Context, Result, ensure};

/// What stands before the table.
const INTRODUCTION: &str = include_str!("values/introduction.md");

/// A value, or a group of values.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its keys from the outermost on, joined by dots.
    pub path: String,
    /// What it is for.
    pub description: String,
    /// Its default, as YAML; none for a group, whose values follow.
    pub default: Option<String>,
}

/// What `values.yaml` says, in its order.
///
/// # Errors
/// When a key has no comment, or the text uses more of YAML than is read here.
pub fn read(text: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let content = line.trim_start();
        if let Some(said) = content.strip_prefix('#') {
            comment.push(said.trim());
        } else if !content.is_empty() {
            let at = || format!("line {}: {content}", number + 1);
            let depth = (line.len() - content.len()) / 2;
            ensure!(depth <= path.len() && !comment.is_empty(), at());
            let (key, value) = content.split_once(':').with_context(at)?;
            path.truncate(depth);
            path.push(key);
            entries.push(Entry {
                path: path.join("."),
                description: comment.join(" "),
                default: Some(value.trim().to_owned()).filter(|value| !value.is_empty()),
            });
            comment.clear();
        }
    }
    Ok(entries)
}

/// The page of a chart, from its `values.yaml`.
///
/// # Errors
/// As [`read`].
pub fn page(text: &str) -> Result<String> {
    let mut page = String::from(INTRODUCTION);
    page.push_str("\n| value | default | |\n|---|---|---|\n");
    for entry in read(text)? {
        let default = entry.default.map(|default| format!("`{default}`")).unwrap_or_default();
        writeln!(page, "| `{}` | {default} | {} |", entry.path, entry.description)?;
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, description: &str, default: Option<&str>) -> Entry {
        Entry {
            path: path.to_owned(),
            description: description.to_owned(),
            default: default.map(str::to_owned),
        }
    }

    #[test]
    fn comments_describe_what_follows_them() {
        let text = "# A group.\na:\n  # The first,\n  # at length.\n  b: [1, 2]\n\n# Another: \"c\".\nc: \"\"\n";
        let expected = [
            entry("a", "A group.", None),
            entry("a.b", "The first, at length.", Some("[1, 2]")),
            entry("c", "Another: \"c\".", Some("\"\"")),
        ];
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn what_is_not_described_is_refused() {
        for text in ["a: 1\n", "# A.\na:\n  b: 1\n", "# A.\n    a: 1\n", "# A.\n- a\n"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
