//! The layers put over each other: defaults, then the file, then the environment, then the flags. Everything that is wrong
//! is said at once.

use std::{ffi::OsString, fs, path::Path};

use talkline_cluster::{kafka, mongo, redis};

use super::{
    environment, file,
    flags::Flags,
    given::{Given, Source},
    key::{By, Secrecy},
    raw::Raw,
    role::Role,
    section::has_password,
    settings::Settings,
    table::{self, Spelling},
};

/// The settings that hold, and where each comes from.
pub(crate) struct Effective {
    pub(crate) settings: Settings,
    /// In the order of the table.
    pub(crate) sources: Vec<Source>,
    /// The servers, ready to connect to.
    pub(crate) servers: Servers,
}

/// The servers that are named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Servers {
    pub(crate) kafka: Option<kafka::Config>,
    pub(crate) mongo: Option<mongo::Config>,
    pub(crate) redis: Option<redis::Config>,
}

/// Everything from outside that settings come from.
pub(super) struct Layers<'a, V> {
    pub(super) flags: &'a Flags,
    pub(super) variables: V,
}

impl<V: IntoIterator<Item = (OsString, OsString)>> Layers<'_, V> {
    /// What holds for a command.
    ///
    /// # Errors
    /// Everything that is wrong, one line each.
    pub(super) fn resolve(self, role: Role) -> Result<Effective, Vec<String>> {
        let mut problems = Vec::new();
        let mut layers = vec![
            self.flags
                .config
                .as_deref()
                .map_or_else(Vec::new, |path| from_file(path, &mut problems)),
            environment::read(self.variables, &mut problems),
            self.flags.read(role, &mut problems),
        ];
        let mut settings = Settings::default();
        let mut sources = vec![Source::Default; table::keys().len()];
        for layer in &mut layers {
            apply(layer, &mut settings, &mut sources, &mut problems);
        }
        settings.spec.monitoring.traces = settings.traces.spec();
        let servers = servers(&settings, &mut problems);
        if problems.is_empty() {
            problems.extend(missing(role, &settings, &servers));
            problems.extend(settings.broken_rules());
        }
        match problems.is_empty() {
            true => Ok(Effective {
                settings,
                sources,
                servers,
            }),
            false => Err(problems),
        }
    }
}

fn from_file(path: &Path, problems: &mut Vec<String>) -> Vec<Given> {
    match fs::read_to_string(path) {
        Ok(text) => file::read(path, &text, problems),
        Err(error) => {
            problems.push(format!("{} cannot be read: {error}", path.display()));
            Vec::new()
        }
    }
}

/// Puts a layer over those below it.
fn apply(layer: &mut Vec<Given>, settings: &mut Settings, sources: &mut [Source], problems: &mut Vec<String>) {
    let mut seen: Vec<&Spelling> = Vec::new();
    for given in layer.drain(..) {
        let Given { spelling, raw, source } = given;
        if let Some(other) = seen.iter().find(|other| other.index == spelling.index) {
            problems.push(format!(
                "{source}: {} is given as {} too: one of them is enough",
                spelling.key.path,
                name(other, &source)
            ));
        }
        seen.push(spelling);
        let set = value(spelling, raw, &source).and_then(|raw| spelling.key.field.set(settings, &raw));
        match (set, sources.get_mut(spelling.index)) {
            (Ok(()), Some(place)) => *place = source,
            (Ok(()), None) => {}
            (Err(why), _) => problems.push(format!("{source}: {why}")),
        }
    }
}

fn name(spelling: &Spelling, source: &Source) -> String {
    match source {
        Source::Environment(_) => spelling.variable.clone(),
        Source::Flag(_) => format!("--{}", spelling.flag),
        Source::Default | Source::File { .. } => spelling.path.clone(),
    }
}

/// The value itself, out of the file that holds it if need be; refused where others could read a password.
fn value(spelling: &Spelling, raw: Raw, source: &Source) -> Result<Raw, String> {
    if spelling.by == By::File {
        let path = raw.text()?;
        let text = fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
        return match text.trim_end_matches(['\n', '\r']) {
            "" => Err(format!("{path} is empty")),
            text => Ok(Raw::one(text)),
        };
    }
    let shown = !matches!(source, Source::Environment(_));
    if shown && spelling.key.secrecy == Secrecy::Url && has_password(raw.text()?) {
        let variable = &spelling.variable;
        return Err(format!(
            "there is a password in it, which others could read here: use {variable}, or a file with {variable}_FILE"
        ));
    }
    Ok(raw)
}

fn servers(settings: &Settings, problems: &mut Vec<String>) -> Servers {
    let mut told = |why| problems.push(why);
    Servers {
        kafka: settings.kafka.config().map_err(&mut told).ok().flatten(),
        mongo: settings.mongo.config().map_err(&mut told).ok().flatten(),
        redis: settings.redis.config().map_err(&mut told).ok().flatten(),
    }
}

/// What a role of the cluster cannot do without.
fn missing(role: Role, settings: &Settings, servers: &Servers) -> Vec<String> {
    let needs = [
        ("kafka.brokers", Role::CLUSTER, servers.kafka.is_some()),
        ("mongo.url", Role::CLUSTER, servers.mongo.is_some()),
        ("redis.url", Role::CLUSTER, servers.redis.is_some()),
        ("jwtKeys", &[Role::Gateway][..], settings.process.jwt_keys.is_some()),
    ];
    let lacking = needs
        .into_iter()
        .filter(|(_, roles, there)| roles.contains(&role) && !there);
    lacking.map(|(path, ..)| missing_line(path)).collect()
}

/// What to say of a key that cannot be done without.
pub(super) fn missing_line(path: &str) -> String {
    let found = table::spellings().iter().find(|spelling| spelling.path == path);
    let (variable, flag) = found.map_or(("", ""), |found| (&found.variable, &found.flag));
    format!("{path} is missing: --{flag}, {variable}, or {path} in the file of settings")
}
