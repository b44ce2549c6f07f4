//! Settings from the command line: a flag for each key, made from the table.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use super::{
    environment,
    given::{Given, Source},
    raw::Raw,
    role::Role,
    section,
    table::{Spelling, spellings},
};

const CONFIG: &str = "config";
/// Short names of the three that one needs.
const ALIASES: [(&str, &str); 3] = [
    ("kafka.brokers", "kafka"),
    ("mongo.url", "mongo"),
    ("redis.url", "redis"),
];

/// What was given on the command line.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    /// The file of settings.
    pub(super) config: Option<PathBuf>,
    values: Vec<(&'static str, String)>,
}

impl Flags {
    /// The values; a flag that is another command's is a mistake, and goes to `problems`.
    pub(super) fn read(&self, role: Role, problems: &mut Vec<String>) -> Vec<Given> {
        let mut given = Vec::new();
        for spelling in flags() {
            let value = self.values.iter().find(|(path, _)| *path == spelling.path);
            let Some((_, value)) = value else { continue };
            let name = format!("--{}", spelling.flag);
            match spelling.key.roles.contains(&role) {
                true => given.push(Given {
                    spelling,
                    raw: Raw::One(value.clone()),
                    source: Source::Flag(name),
                }),
                false => problems.push(format!("{name}: nothing that `talkline {role}` looks at")),
            }
        }
        given
    }
}

#[cfg(test)]
impl Flags {
    /// As if these had been given.
    pub(super) fn of(config: Option<PathBuf>, values: &[(&'static str, &str)]) -> Self {
        let values = values
            .iter()
            .map(|(path, value)| (*path, (*value).to_owned()))
            .collect();
        Self { config, values }
    }
}

/// Hides from a command's help what is another command's.
pub(crate) fn hide_foreign(command: Command, role: Role) -> Command {
    command.mut_args(|argument| {
        let foreign =
            |spelling: &Spelling| spelling.path == argument.get_id().as_str() && !spelling.key.roles.contains(&role);
        let hide = flags().any(foreign);
        argument.hide(hide)
    })
}

fn flags() -> impl Iterator<Item = &'static Spelling> {
    spellings().iter().filter(|spelling| spelling.is_open())
}

fn argument(spelling: &'static Spelling) -> Arg {
    let argument = Arg::new(spelling.path.as_str())
        .long(spelling.flag.as_str())
        .value_name("VALUE")
        .help(format!("{} [{}]", spelling.key.doc, spelling.variable))
        .help_heading(section::title(spelling.key.section()));
    match ALIASES.iter().find(|(path, _)| *path == spelling.path) {
        Some((_, alias)) => argument.visible_alias(*alias),
        None => argument,
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .env(environment::CONFIG)
            .value_parser(value_parser!(PathBuf))
            .help("A file of settings; the environment goes before it, and flags before both.");
        command.arg(config).args(flags().map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let value = |spelling: &'static Spelling| {
            let value = matches.get_one::<String>(&spelling.path)?;
            Some((spelling.path.as_str(), value.clone()))
        };
        Ok(Self {
            config: matches.get_one(CONFIG).cloned(),
            values: flags().filter_map(value).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
