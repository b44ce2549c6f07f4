//! `talkline-loadtest project`.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use talkline_loadtest::project::{Goal, project};

use super::output::write;

/// What is projected.
#[derive(Debug, Args)]
pub(super) struct Project {
    /// Reports of runs (--report) that differ in rate and users
    #[arg(value_name = "RUN.json", required = true)]
    runs: Vec<PathBuf>,
    /// Requests a second to project to
    #[arg(long, value_name = "R", default_value_t = 1e6)]
    requests: f64,
    /// Sockets to project to
    #[arg(long, value_name = "N", default_value_t = 1e6)]
    sockets: f64,
    /// Sockets that one agent holds
    #[arg(long, value_name = "N", default_value_t = 15_000.0)]
    sockets_per_agent: f64,
    /// Writes the projection as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Project {
    pub(super) fn execute(self) -> Result<ExitCode, String> {
        let goal = Goal {
            requests_per_second: self.requests,
            sockets: self.sockets,
            sockets_per_agent: self.sockets_per_agent,
        };
        let projection = project(&self.runs, goal)?;
        if let Some(path) = &self.json {
            let json = serde_json::to_string_pretty(&projection).map_err(|error| error.to_string())?;
            write(path, &json)?;
        }
        write!(io::stdout(), "{projection}").map_err(|error| error.to_string())?;
        Ok(ExitCode::SUCCESS)
    }
}
