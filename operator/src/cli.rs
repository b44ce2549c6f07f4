//! The command line. Every flag of `run` has a variable, for a Deployment.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Talkline's operator: one ChatCluster, a running, autoscaled chat platform.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the operator.
    Run(Run),
    /// Print the sizing of a ChatCluster and every object that would be made of it. No cluster is needed.
    Plan {
        /// The ChatCluster's YAML.
        file: PathBuf,
    },
    /// Print the CustomResourceDefinitions.
    Crds,
    /// Ask an operator whether it is ready: exit code 0 if it is.
    Health {
        /// Where.
        #[arg(default_value = "http://127.0.0.1:8080/readyz")]
        url: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The namespaces whose ChatClusters it looks after, with commas between them. None: all.
    #[arg(long, env = "TALKLINE_OPERATOR_NAMESPACES", value_delimiter = ',')]
    pub(crate) namespaces: Vec<String>,

    /// Where /livez, /readyz and /metrics are.
    #[arg(long, env = "TALKLINE_OPERATOR_LISTEN", default_value = "0.0.0.0:8080")]
    pub(crate) listen: SocketAddr,

    /// The Lease that decides which of several operators works.
    #[arg(long, env = "TALKLINE_OPERATOR_LEASE_NAME", default_value = "talkline-operator")]
    pub(crate) lease_name: String,

    /// The Lease's namespace. Without it, the one of this process's credentials.
    #[arg(long, env = "TALKLINE_OPERATOR_NAMESPACE")]
    pub(crate) lease_namespace: Option<String>,

    /// The name of this process, unique among its kind. Without it, the host's.
    #[arg(long, env = "TALKLINE_OPERATOR_POD")]
    pub(crate) identity: Option<String>,

    /// ChatClusters that are reconciled at once, at most, in each of the namespaces.
    #[arg(long, env = "TALKLINE_OPERATOR_CONCURRENCY", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) concurrency: u16,

    /// How a line of the log is written.
    #[arg(long, env = "TALKLINE_OPERATOR_LOG_FORMAT", default_value = "Json")]
    pub(crate) log_format: LogFormat,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// For people.
    Text,
}

impl Run {
    /// The name of this process.
    pub(crate) fn identity(&self) -> String {
        let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let named = self.identity.clone().or_else(host);
        let named = named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        // Two that share a name would both lead.
        named.unwrap_or_else(|| format!("talkline-operator-{:08x}", rand::random::<u32>()))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn namespaces_are_a_list_and_none_is_all() {
        let namespaces = |arguments: &[&str]| match Cli::parse_from(arguments).command {
            Command::Run(run) => run.namespaces,
            other => panic!("{other:?}"),
        };
        assert_eq!(namespaces(&["talkline-operator", "run"]), Vec::<String>::new());
        assert_eq!(
            namespaces(&["talkline-operator", "run", "--namespaces", "a,b"]),
            ["a", "b"]
        );
    }
}
