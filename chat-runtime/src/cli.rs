//! The command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, builder::RangedU64ValueParser};

use crate::{
    config::{Flags, Role, hide_foreign},
    dead_letters::Place,
};

/// Talkline: a chat platform from one YAML.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the ChatCluster of FILE in one process on this machine.
    Up(Up),
    /// Run a gateway of a cluster: REST and Socket.IO in front of Kafka, MongoDB and Redis.
    Gateway(Flags),
    /// Run a worker of a cluster: from Kafka to MongoDB to the gateways.
    Worker(Flags),
    /// Ask the process on this machine whether it lives: exit code 0 if it does.
    Health(Flags),
    /// Print a new set of keys that sign access tokens, for --jwt-keys. Keep it as secret as a password.
    Keys,
    /// Print what is measured, as Markdown.
    Metrics,
    /// Records that no worker could understand: on the brokers of --kafka, else in the data folder of `up`.
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// What can be set, and what is.
    #[command(subcommand)]
    Config(Config),
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// A ChatCluster's YAML; without it, one with every default.
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print every setting of a role and where it comes from, or everything that is wrong.
    Check(Check),
    /// Print a file of settings with every default, to start from.
    Defaults,
    /// Print what can be set, as Markdown.
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Whose.
    pub(crate) role: Role,

    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetters {
    /// List them.
    List(List),
    /// Append them to the log again, for workers that understand them by now. They are not listed any more then.
    Replay(Replay),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// At most so many, in the order of their places.
    #[arg(long, value_name = "COUNT", default_value = LIMIT, value_parser = limit())]
    pub(crate) limit: u32,

    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show the bytes too. They can be somebody's message.
    #[arg(long)]
    pub(crate) content: bool,

    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Which one, as listed.
    #[arg(value_name = "PARTITION/OFFSET", required_unless_present = "all")]
    pub(crate) place: Option<Place>,

    /// All that are listed; needs --yes.
    #[arg(long, conflicts_with = "place")]
    pub(crate) all: bool,

    /// Do not only say how many they are.
    #[arg(long, requires = "all")]
    pub(crate) yes: bool,

    /// With --all: at most so many.
    #[arg(long, value_name = "COUNT", default_value = LIMIT, value_parser = limit())]
    pub(crate) limit: u32,

    #[command(flatten)]
    pub(crate) flags: Flags,
}

const LIMIT: &str = "100";

fn limit() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(1..=10_000)
}

impl Cli {
    /// What was asked for; asked wrongly, or for help, the program ends here.
    pub(crate) fn of_this_process() -> Self {
        let takers = [
            ("gateway", Role::Gateway),
            ("worker", Role::Worker),
            ("up", Role::Up),
            ("health", Role::Up),
        ];
        let command = takers.into_iter().fold(Self::command(), |command, (name, role)| {
            command.mut_subcommand(name, |command| hide_foreign(command, role))
        });
        let command = command.mut_subcommand("dead-letters", |command| {
            let hide = |command| hide_foreign(command, Role::Up);
            command.mut_subcommand("list", hide).mut_subcommand("replay", hide)
        });
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
