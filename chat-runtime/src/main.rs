//! The `talkline` program. Each command is a composition root that reads as a contents page.

mod admin;
mod certificates;
mod chat;
mod cli;
mod cluster;
mod config;
mod dead_letters;
mod dependencies;
mod failure;
mod health;
mod keys;
mod measures;
mod patience;
mod role;
mod say;
mod signals;
mod start;
mod telemetry;
mod up;
mod workers;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Command},
    failure::Failure,
};

/// Thousands of small, short-lived buffers: the system's allocator keeps several times their size.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::of_this_process();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::runtime(error).report(),
    };
    let outcome = match cli.command {
        Command::Up(arguments) => runtime.block_on(up::run(arguments)),
        Command::Gateway(flags) => runtime.block_on(role::gateway(flags)),
        Command::Worker(flags) => runtime.block_on(role::worker(flags)),
        Command::Health(flags) => runtime.block_on(health::check(flags)),
        Command::DeadLetters(command) => runtime.block_on(dead_letters::run(command)),
        Command::Keys => say::keys(),
        Command::Metrics => say::metrics(),
        Command::Config(command) => say::config(command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
