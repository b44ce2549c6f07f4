//! `talkline-loadtest`: the command line of the load harness.
//!
//! Exit codes: 0 when every guarantee and threshold held, 1 when one did not, 2 when there was nothing to measure (a
//! wrong option, no server).

mod cli;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use cli::Cli;

/// The generator shares its machine with the server; this allocator takes less of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = match Cli::read() {
        Ok(cli) => cli.execute(),
        // Help and what is wrong with the flags, as clap words it.
        Err(error) => error.exit(),
    };
    outcome.unwrap_or_else(|why| {
        // Without standard error there is still the exit code.
        drop(writeln!(io::stderr(), "talkline-loadtest: {why}"));
        ExitCode::from(2)
    })
}
