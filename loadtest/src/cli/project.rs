//! `talkline-loadtest project`.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use talkline_loadtest::project::{Goal, Prices, Units, project, table};

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
    /// How much of its CPU each of them uses under that load, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 60.0, value_parser = percent)]
    utilisation: f64,
    /// Cores of a gateway
    #[arg(long, value_name = "N", default_value_t = 2.0, value_parser = above_0)]
    gateway_cores: f64,
    /// Sockets of a gateway
    #[arg(long, value_name = "N", default_value_t = 10_000.0, value_parser = above_0)]
    gateway_sockets: f64,
    /// Cores of a worker
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = above_0)]
    worker_cores: f64,
    /// Partitions of the log for each worker
    #[arg(long, value_name = "N", default_value_t = 4.0, value_parser = above_0)]
    partitions_per_worker: f64,
    /// Cores of a shard's primary
    #[arg(long, value_name = "N", default_value_t = 8.0, value_parser = above_0)]
    shard_cores: f64,
    /// Cores of an agent
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = above_0)]
    agent_cores: f64,
    /// Sockets of an agent
    #[arg(long, value_name = "N", default_value_t = 15_000.0, value_parser = above_0)]
    sockets_per_agent: f64,
    /// What a core costs in an hour
    #[arg(long, value_name = "PRICE", requires_all = ["gib_hour", "currency"])]
    core_hour: Option<f64>,
    /// What a GiB of memory costs in an hour
    #[arg(long, value_name = "PRICE", requires_all = ["core_hour", "currency"])]
    gib_hour: Option<f64>,
    /// What these prices are in
    #[arg(long, value_name = "NAME", requires_all = ["core_hour", "gib_hour"])]
    currency: Option<String>,
    /// Writes the projection as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the unit costs that the operator's planner would count with after these runs
    #[arg(long, value_name = "FILE", requires = "measured")]
    table: Option<PathBuf>,
    /// When, and on what, these runs were, for that table
    #[arg(long, value_name = "WORDS", requires = "table")]
    measured: Option<String>,
}

impl Project {
    pub(super) fn execute(self) -> Result<ExitCode, String> {
        let goal = Goal {
            requests_per_second: self.requests,
            sockets: self.sockets,
            units: self.units(),
        };
        let projection = project(&self.runs, &goal)?;
        if let Some(path) = &self.json {
            let json = serde_json::to_string_pretty(&projection).map_err(|error| error.to_string())?;
            write(path, &json)?;
        }
        if let Some((path, measured)) = self.table.as_ref().zip(self.measured) {
            let table = table(&projection, measured)?;
            let json = serde_json::to_string_pretty(&table).map_err(|error| error.to_string())?;
            write(path, &json)?;
        }
        write!(io::stdout(), "{projection}").map_err(|error| error.to_string())?;
        Ok(ExitCode::SUCCESS)
    }

    fn units(&self) -> Units {
        let prices = self.core_hour.zip(self.gib_hour).zip(self.currency.clone());
        Units {
            utilisation: self.utilisation / 100.0,
            gateway_cores: self.gateway_cores,
            gateway_sockets: self.gateway_sockets,
            worker_cores: self.worker_cores,
            partitions_per_worker: self.partitions_per_worker,
            shard_cores: self.shard_cores,
            agent_cores: self.agent_cores,
            agent_sockets: self.sockets_per_agent,
            prices: prices.map(|((core_hour, gib_hour), currency)| Prices {
                currency,
                core_hour,
                gib_hour,
            }),
        }
    }
}

fn above_0(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|number| number.is_finite() && *number > 0.0)
        .ok_or_else(|| format!("{text} is no number above 0"))
}

fn percent(text: &str) -> Result<f64, String> {
    above_0(text).and_then(|percent| match percent <= 100.0 {
        true => Ok(percent),
        false => Err("more than 100".to_owned()),
    })
}
