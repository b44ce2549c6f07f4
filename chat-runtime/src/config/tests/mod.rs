//! Settings from all their sources: which goes before which, what is refused and how, and that every key is read.

mod bad_values;
mod every_key;
mod pages;
mod precedence;
mod servers;
mod unknown;

use std::{ffi::OsString, path::PathBuf};

use tempfile::TempDir;

use super::{Effective, Flags, Role, effective::Layers};

/// What a start is given.
#[derive(Default)]
struct Start {
    folder: Option<TempDir>,
    file: Option<PathBuf>,
    variables: Vec<(&'static str, String)>,
    flags: Vec<(&'static str, &'static str)>,
}

impl Start {
    /// With a file of this text.
    fn file(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("talkline.yaml");
        std::fs::write(&file, text).unwrap();
        Self {
            folder: Some(folder),
            file: Some(file),
            ..Self::default()
        }
    }

    fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn flag(mut self, path: &'static str, value: &'static str) -> Self {
        self.flags.push((path, value));
        self
    }

    /// As `talkline up`, which needs nothing.
    fn resolve(&self) -> Result<Effective, Vec<String>> {
        self.resolve_as(Role::Up)
    }

    fn resolve_as(&self, role: Role) -> Result<Effective, Vec<String>> {
        let flags = Flags::of(self.file.clone(), &self.flags);
        let variables = self
            .variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Layers {
            flags: &flags,
            variables,
        }
        .resolve(role)
    }

    /// The problems, without the folder's name.
    fn problems(&self, role: Role) -> Vec<String> {
        let problems = self.resolve_as(role).err().unwrap_or_default();
        let folder = self
            .folder
            .as_ref()
            .map(|folder| format!("{}/", folder.path().display()));
        problems
            .into_iter()
            .map(|line| folder.as_ref().map_or(line.clone(), |folder| line.replace(folder, "")))
            .collect()
    }
}
