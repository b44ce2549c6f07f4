//! Settings from a file: YAML, in sections. What is not known there is refused, with the name that was probably meant.

use std::path::Path;

use serde_json::Value;
use talkline_crds::{
    document::{self, Field, Node},
    nearest,
};

use super::{
    given::{Given, Source},
    raw::Raw,
    table::{Spelling, spellings},
};

/// What `text`, the content of the file `path`, says; what is wrong with it goes to `problems`.
pub(super) fn read(path: &Path, text: &str, problems: &mut Vec<String>) -> Vec<Given> {
    let mut reader = Reader {
        path,
        given: Vec::new(),
        problems,
    };
    match document::parse(text) {
        Ok(Node::Object(fields)) => reader.section("", fields),
        Ok(Node::Scalar(Value::Null)) => {}
        Ok(_) => reader
            .problems
            .push(format!("{}: sections are wanted, as `kafka:`", path.display())),
        Err(error) => {
            let lines = error
                .problems()
                .iter()
                .map(|problem| format!("{}: {problem}", path.display()));
            reader.problems.extend(lines);
        }
    }
    reader.given
}

struct Reader<'a> {
    path: &'a Path,
    given: Vec<Given>,
    problems: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn section(&mut self, above: &str, fields: Vec<Field>) {
        for field in fields {
            let name = match above {
                "" => field.name.clone(),
                above => format!("{above}.{}", field.name),
            };
            let source = Source::File {
                path: self.path.to_owned(),
                line: field.position.line,
                column: field.position.column,
                field: name.clone(),
            };
            match (spellings().iter().find(|spelling| spelling.path == name), field.value) {
                (Some(spelling), value) => self.value(spelling, value, source),
                (None, Node::Object(fields)) if is_section(&name) => self.section(&name, fields),
                (None, Node::Scalar(Value::Null)) if is_section(&name) => {}
                (None, _) => self.unknown(above, &field.name, &source),
            }
        }
    }

    fn value(&mut self, spelling: &'static Spelling, value: Node, source: Source) {
        if !spelling.is_open() {
            let instead = format!("{}File", spelling.path);
            let line =
                format!("{source}: a secret does not belong in this file: name a file of its own with {instead}");
            return self.problems.push(line);
        }
        match raw(value) {
            Some(Raw::Absent) => {}
            Some(raw) => self.given.push(Given { spelling, raw, source }),
            None => self.problems.push(format!("{source}: a value is wanted, not sections")),
        }
    }

    fn unknown(&mut self, above: &str, name: &str, source: &Source) {
        // A section that should be a value, or the other way round, is not misspelt.
        let line = match is_section(&dotted(above, name)) {
            true => format!("{source}: this is a section: its keys are wanted below it"),
            false => format!("{source}: unknown{}", nearest::hint(name, names_in(above).into_iter())),
        };
        self.problems.push(line);
    }
}

fn raw(value: Node) -> Option<Raw> {
    match value {
        Node::Scalar(value) => Some(scalar(value)),
        Node::List(items) => {
            let items = items.into_iter().map(|(_, item)| match item {
                Node::Scalar(value) => match scalar(value) {
                    Raw::One(text) => Some(text),
                    _ => None,
                },
                _ => None,
            });
            items.collect::<Option<Vec<_>>>().map(Raw::Many)
        }
        Node::Object(_) => None,
    }
}

fn scalar(value: Value) -> Raw {
    match value {
        Value::Null => Raw::Absent,
        Value::String(text) => Raw::One(text),
        other => Raw::one(other),
    }
}

fn dotted(above: &str, name: &str) -> String {
    match above {
        "" => name.to_owned(),
        above => format!("{above}.{name}"),
    }
}

fn is_section(name: &str) -> bool {
    let below = |path: &str| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    spellings().iter().any(|spelling| below(&spelling.path))
}

/// The names that can stand in a section, each once.
fn names_in(section: &str) -> Vec<&'static str> {
    let own = |path: &'static str| match section {
        "" => Some(path),
        section => path.strip_prefix(section)?.strip_prefix('.'),
    };
    let rest = spellings()
        .iter()
        .filter(|spelling| spelling.is_open())
        .filter_map(|spelling| own(&spelling.path));
    let mut names: Vec<_> = rest
        .map(|rest| rest.split_once('.').map_or(rest, |(name, _)| name))
        .collect();
    names.dedup();
    names
}
