//! The `talkline` program. Each command is a composition root that reads as a contents page.

mod cli;
mod failure;
mod signals;
mod telemetry;
mod up;

use std::process::ExitCode;

use clap::Parser;

use crate::{cli::Command, failure::Failure};

/// Thousands of small, short-lived buffers: the system's allocator keeps several times their size.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::runtime(error).report(),
    };
    let outcome = match cli.command {
        Command::Up(arguments) => runtime.block_on(up::run(arguments)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
