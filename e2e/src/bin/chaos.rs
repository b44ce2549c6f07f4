//! `make chaos`: every fault, on servers of three members, and a page of what each has cost.
//!
//! ```text
//! chaos [--write FILE] [PART OF A FAULT'S NAME]…
//! ```
//!
//! Exit codes: 0 when every guarantee held, 1 when one did not (its lines begin with `BROKEN`), or a fault could not be made.

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use talkline_e2e::{
    Load,
    faults::{self, Outcome, Stage},
};

/// Enough to keep every partition busy, and too little to be a load for two cores.
const LOAD: Load = Load {
    users: 80,
    rate: 200,
    duration: Duration::from_secs(8),
};
const SERVERS: [&str; 3] = ["kafka=3", "mongo=3", "redis=1"];

/// What is asked for on the command line.
struct Asked {
    page: Option<PathBuf>,
    parts: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let asked = Asked::read(std::env::args().skip(1))?;
    let mut stage = Stage::set(&SERVERS).await?;
    let (mut outcomes, mut failed) = (Vec::new(), false);
    for fault in faults::all().filter(|fault| asked.wants(fault.name)) {
        say(&format!("{}: {}; {}", fault.name, fault.does, fault.undone));
        match stage.strike(fault, LOAD).await {
            Ok(outcome) => {
                failed |= !outcome.verdict.broken.is_empty();
                report(&outcome);
                outcomes.push(outcome);
            }
            Err(error) => {
                failed = true;
                say(&format!("BROKEN: {error:#}"));
                stage = again(stage).await?;
            }
        }
    }
    let table = faults::markdown(&outcomes);
    say(&table);
    if let Some(page) = &asked.page {
        fs::write(page, head()? + &table).with_context(|| page.display().to_string())?;
    }
    Ok(ExitCode::from(u8::from(failed)))
}

impl Asked {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut page, mut parts) = (None, Vec::new());
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--write" => page = Some(arguments.next().context("--write FILE")?.into()),
                _ => parts.push(argument),
            }
        }
        Ok(Self { page, parts })
    }

    fn wants(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| name.contains(part.as_str()))
    }
}

/// What is broken by a fault that could not be made is not worth mending.
async fn again(stage: Stage) -> Result<Stage> {
    drop(stage);
    Stage::set(&SERVERS).await
}

fn report(Outcome { verdict, .. }: &Outcome) {
    say(&format!(
        "  {} acknowledged; longest wait {:.1?} for an acknowledgement, {:.1?} for a delivery",
        verdict.acknowledged, verdict.accepted, verdict.delivered
    ));
    for broken in &verdict.broken {
        say(&format!("BROKEN: {broken}\n{}", verdict.report));
    }
}

/// The page above the table.
fn head() -> Result<String> {
    let date = std::process::Command::new("date")
        .args(["--utc", "+%F %H:%M UTC"])
        .output()?;
    Ok(format!(
        "# Faults

<!-- Made by `make chaos`; do not edit. -->

What each of these faults costs while {} people talk in conversations of two, {} messages a second, over two gateways and
two workers on three brokers, a replica set of three and one Redis, all on one machine. A wait counts from the moment at
which a message was meant to be sent, so a recovery is as long as the longest wait. `lost`, `duplicated` and `reordered` are
what the load harness's checker found after everybody had caught up.

{}, `make chaos`.

",
        LOAD.users,
        LOAD.rate,
        String::from_utf8(date.stdout)?.trim()
    ))
}

#[expect(clippy::print_stdout, reason = "this is a program, and that is its output")]
fn say(text: &str) {
    println!("{text}");
}
