//! `talkline-loadtest`: the command line of the load harness.
//!
//! Exit codes: 0 when every guarantee and threshold held, 1 when one did not, 2 when there was nothing to measure (a
//! wrong option, no server).

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use talkline_loadtest::{
    chat,
    options::{Options, Scenario},
    report::Report,
};

/// The generator shares its machine with the server; this allocator takes less of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Drives a Talkline server with load, and checks that it loses nothing.
#[derive(Parser)]
#[command(name = "talkline-loadtest", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a scenario against a server
    Run(Run),
}

#[derive(Args)]
struct Run {
    /// What the users do
    #[arg(value_enum, required_unless_present = "list")]
    scenario: Option<Scenario>,
    /// Lists the scenarios
    #[arg(long)]
    list: bool,
    /// Threads of the harness
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: usize,
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    let Command::Run(run) = Cli::parse().command;
    match execute(run) {
        Ok(code) => code,
        Err(why) => {
            // Without standard error there is still the exit code.
            drop(writeln!(io::stderr(), "talkline-loadtest: {why}"));
            ExitCode::from(2)
        }
    }
}

fn execute(run: Run) -> Result<ExitCode, String> {
    let Some(Scenario::Chat) = run.scenario.filter(|_| !run.list) else {
        return list().map_err(|error| error.to_string());
    };
    let path = run.options.report.clone();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime
        .worker_threads(run.workers.max(1))
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let report = runtime
        .block_on(chat::run(run.options))
        .map_err(|error| error.to_string())?;
    if let Some(path) = path {
        write(&path, &report).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    writeln!(io::stdout(), "{report}").map_err(|error| error.to_string())?;
    Ok(ExitCode::from(u8::from(!report.ok)))
}

fn write(path: &Path, report: &Report) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer_pretty(&mut file, report)?;
    writeln!(file)?;
    file.flush()
}

fn list() -> io::Result<ExitCode> {
    for scenario in Scenario::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value)
    {
        let about = scenario.get_help().map(ToString::to_string).unwrap_or_default();
        writeln!(io::stdout(), "{:<8} {about}", scenario.get_name())?;
    }
    Ok(ExitCode::SUCCESS)
}
