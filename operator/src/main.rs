//! The `talkline-operator` program: it turns ChatClusters into running chat platforms, or shows what it would make of one.

mod admin;
mod apply;
mod build;
mod cli;
mod controller;
mod dependencies;
mod dereference;
mod failure;
mod finalizer;
mod health;
mod http;
mod leader;
mod load;
mod loadtest;
mod logs;
mod metrics;
mod orphans;
mod plan;
mod run;
mod say;
mod status;
mod upkeep;
mod validate;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    cli::{Cli, Command},
    failure::Failure,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // kube brings one, and whatever else is built with it may bring another; nobody but a program may choose. Chosen twice is chosen.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::broken(format_args!("the runtime cannot start: {error}")).report(),
    };
    let outcome = match cli.command {
        Command::Run(options) => runtime.block_on(run::run(options)),
        Command::Plan { file } => say::plan(&file),
        Command::Crds => say::crds(),
        Command::Health { url } => runtime.block_on(health::check(url)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
