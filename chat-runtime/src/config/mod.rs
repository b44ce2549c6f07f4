//! What an operator sets: by flags, over the environment, over a file. One [table] of keys says what there is; this module
//! reads it in, and what it becomes is [`Settings`]. Where a ChatCluster has the same idea, the name and the bounds are its.

mod effective;
mod environment;
mod field;
mod file;
mod flags;
mod given;
mod key;
mod raw;
mod reference;
mod role;
mod section;
mod settings;
pub(crate) mod table;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    effective::{Effective, Servers},
    flags::{Flags, hide_foreign},
    reference::{defaults, reference},
    role::Role,
    settings::Settings,
};
use crate::failure::Failure;

/// The settings of this process.
///
/// # Errors
/// Everything that is wrong with them, a line each.
pub(crate) fn resolve(role: Role, flags: &Flags) -> Result<Effective, Failure> {
    let variables = std::env::vars_os();
    let layers = effective::Layers { flags, variables };
    layers
        .resolve(role)
        .map_err(|problems| Failure::usage(problems.join("\n")))
}

/// A key that a role cannot do without, and that is not there.
pub(crate) fn missing(path: &str) -> Failure {
    Failure::usage(effective::missing_line(path))
}

impl Effective {
    /// Every setting of a role with where it comes from: one line each, no secret.
    pub(crate) fn listing(mut self, role: Role) -> String {
        let keys = table::keys().iter().zip(&self.sources);
        let rows = keys.filter(|(key, _)| key.roles.contains(&role)).map(|(key, source)| {
            let value = key.field.show(&mut self.settings).to_string();
            (key.path.as_str(), value, source)
        });
        let rows: Vec<_> = rows.collect();
        let width = |column: fn(&(&str, String, &given::Source)) -> usize| rows.iter().map(column).max().unwrap_or(0);
        let (paths, values) = (width(|row| row.0.len()), width(|row| row.1.chars().count()).min(48));
        let line = |(path, value, source): &(&str, String, &given::Source)| {
            format!("{path:paths$}  {value:values$}  {source}\n")
        };
        rows.iter().map(line).collect()
    }
}
