//! The command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::{Flags, Role, hide_foreign};

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
