//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

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
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// A ChatCluster's YAML; without it, one with every default.
    pub(crate) file: Option<PathBuf>,

    /// Where clients connect.
    #[arg(long, env = "TALKLINE_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// Where health and metrics are asked for; never for clients.
    #[arg(long, env = "TALKLINE_ADMIN", default_value = "127.0.0.1:9090")]
    pub(crate) admin: SocketAddr,

    /// Where the data lies [default: the user's data folder, then `talkline/NAME`].
    #[arg(long, env = "TALKLINE_DATA")]
    pub(crate) data: Option<PathBuf>,

    /// The built web client; without it, the page says how to get it.
    #[arg(long, env = "TALKLINE_WEB")]
    pub(crate) web: Option<PathBuf>,
}
