//! What can be said on the command line, and what is done then.

mod agent;
mod offer;
mod output;
mod project;
mod run;

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
};

use clap::{Parser, Subcommand};
use talkline_loadtest::{metrics::Endpoint, scenario::Scenario};

/// Drives a Talkline server with load, and checks that it loses nothing.
#[derive(Parser)]
#[command(name = "talkline-loadtest", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a scenario against a server
    Run(Box<run::Run>),
    /// Waits for runs that another talkline-loadtest shares out with --agents
    Agent(agent::Agent),
    /// Says what a larger load needs, from the reports of runs of several sizes
    Project(project::Project),
}

impl Cli {
    /// Reads the command line twice: once for the scenario, and once more with the scenario's own flags before those given.
    ///
    /// # Errors
    /// When something is wrong with it, or help was asked for.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let line: Vec<OsString> = env::args_os().collect();
        let cli = Self::try_parse_from(&line)?;
        let Command::Run(run) = &cli.command else {
            return Ok(cli);
        };
        let Some(scenario) = run.scenario() else {
            return Ok(cli);
        };
        // One that is not found is said in one line, once it is to be run.
        let Ok(Scenario { flags, .. }) = Scenario::find(scenario) else {
            return Ok(cli);
        };
        let (head, given) = line.split_at(2);
        let flags = flags.into_iter().map(OsString::from);
        Self::try_parse_from(head.iter().cloned().chain(flags).chain(given.iter().cloned()))
    }

    /// Does it.
    ///
    /// # Errors
    /// When there is nothing to say but why, in one line.
    pub(crate) fn execute(self) -> Result<ExitCode, String> {
        match self.command {
            Command::Run(run) => run.execute(),
            Command::Agent(agent) => agent.execute(),
            Command::Project(project) => project.execute(),
        }
    }
}

/// A runtime of that many threads.
fn runtime(threads: usize) -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.max(1))
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
}

/// Listens for Prometheus, if that is asked for, and says where.
async fn listen(address: Option<SocketAddr>) -> Result<Option<Arc<Endpoint>>, String> {
    let Some(address) = address else { return Ok(None) };
    let endpoint = Endpoint::listen(address).await;
    let endpoint = endpoint.map_err(|error| format!("--metrics {address}: {error}"))?;
    // Nobody to read it is no reason to stop.
    drop(writeln!(io::stderr(), "metrics on {}", endpoint.address()));
    Ok(Some(Arc::new(endpoint)))
}
