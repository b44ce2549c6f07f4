//! `talkline-loadtest run`.

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Args;
use talkline_loadtest::{
    agent::{self, Controller, Share},
    chat::{self, Gate, Stage},
    metrics::Endpoint,
    options::Options,
    report::{Check, Class, Conclusion, Ended, Live, Report},
    scenario::{Mix, Scenario},
    steps::{Climb, Climbed, Step},
};
use tokio_util::sync::CancellationToken;

use super::{listen, offer::Offer, output::Output, runtime};

/// What is to be run, and where.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(super) struct Run {
    /// What the users do: a scenario's name, or the path of a file like those in loadtest/scenarios/
    #[arg(required_unless_present = "list")]
    scenario: Option<String>,
    /// Lists the scenarios
    #[arg(long)]
    list: bool,
    /// Takes this mix in place of the scenario's
    #[arg(long, value_name = "KIND=SHARE,…")]
    mix: Option<Mix>,
    /// Threads of the harness
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: usize,
    /// Shares the load out to these agents, HOST:PORT,…, instead of making it here
    #[arg(long, value_name = "HOST:PORT", value_delimiter = ',')]
    agents: Vec<String>,
    /// Seconds that agents may take to be there at all
    #[arg(long, value_name = "S", default_value_t = 0, requires = "agents")]
    await_agents: u32,
    /// Offers the report there in the end, at /report.json and /report.html, until a DELETE of / or for two minutes
    #[arg(long, value_name = "ADDR")]
    offer: Option<SocketAddr>,
    /// Listens there for Prometheus, at /metrics
    #[arg(long, value_name = "ADDR")]
    metrics: Option<SocketAddr>,
    /// Multiplies the rate by this, in one run after the other, until an objective breaks
    #[arg(long, value_name = "FACTOR")]
    step: Option<f64>,
    /// How often the gap between the last rate that held and the first that did not is halved after that
    #[arg(long, value_name = "N", default_value_t = 3)]
    closer: u32,
    /// How often a rate is tried: it is too high when it breaks each time
    #[arg(long, value_name = "N", default_value_t = 1)]
    tries: u32,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    options: Options,
}

impl Run {
    /// As it was asked for.
    pub(super) fn scenario(&self) -> Option<&str> {
        self.scenario.as_deref().filter(|_| !self.list)
    }

    pub(super) fn execute(mut self) -> Result<ExitCode, String> {
        if self.scenario().is_none() {
            return list();
        }
        let ran = match self.prepare() {
            Ok(before) => self
                .finish(before.as_ref())
                .map_err(|why| (Ended::NothingMeasured, why)),
            Err(why) => Err((Ended::Invalid, why)),
        };
        ran.or_else(|(ended, why)| {
            self.output.conclude(&Conclusion::without_report(ended, &why))?;
            Err(why)
        })
    }

    /// Reads what the scenario and the baseline say, and whether it can be run at all.
    fn prepare(&mut self) -> Result<Option<Report>, String> {
        let scenario = Scenario::find(self.scenario().unwrap_or_default())?;
        self.options.scenario = scenario.name;
        self.options.mix = self.mix.take().unwrap_or(scenario.mix);
        self.options.validate()?;
        if !self.agents.is_empty() {
            agent::split(&self.options, self.agents.len())?;
        }
        if self.step.is_some_and(|factor| !factor.is_finite() || factor <= 1.0) {
            return Err("--step must be more than 1".to_owned());
        }
        self.output.baseline()
    }

    fn finish(&self, before: Option<&Report>) -> Result<ExitCode, String> {
        let runtime = runtime(self.workers)?;
        let offer = self.offer.map(|address| runtime.block_on(Offer::at(address)));
        let offer = offer.transpose()?;
        let mut report = runtime.block_on(self.run())?;
        self.output.compare(&mut report, before)?;
        self.output.write(&report)?;
        writeln!(io::stdout(), "{report}").map_err(|error| error.to_string())?;
        if let Some(offer) = offer {
            runtime.block_on(offer.until_taken(&report))?;
        }
        Ok(ExitCode::from(u8::from(!report.ok)))
    }

    async fn run(&self) -> Result<Report, String> {
        let endpoint = listen(self.metrics).await?;
        let Some(factor) = self.step else {
            return self.once(self.options.clone(), endpoint.as_ref()).await;
        };
        self.climb(factor, endpoint.as_ref()).await
    }

    /// One run at one rate.
    async fn once(&self, options: Options, endpoint: Option<&Arc<Endpoint>>) -> Result<Report, String> {
        let (live, watcher) = Live::start();
        let ran = if self.agents.is_empty() {
            let stage = Stage {
                gate: Gate::Open,
                watcher,
                stop: CancellationToken::new(),
                endpoint: endpoint.cloned(),
            };
            let ran = chat::run(options.clone(), stage).await;
            ran.map(|tally| (tally, Vec::new())).map_err(|error| error.to_string())
        } else {
            let patience = Duration::from_secs(self.await_agents.into());
            let controller = Controller::new(self.agents.clone(), patience);
            let ran = controller.run(&options, watcher, endpoint.map(Arc::as_ref)).await;
            ran.map_err(|error| error.to_string())
        };
        live.end().await;
        let (tally, shares) = ran?;
        let mut report = Report::new(&options, tally);
        report.hold_to(shares.iter().map(present).collect());
        report.agents = shares;
        Ok(report)
    }

    /// One run after the other, each at the rate that the climb asks for, all with the same accounts.
    async fn climb(&self, factor: f64, endpoint: Option<&Arc<Endpoint>>) -> Result<Report, String> {
        let mut climb = Climb::new(self.options.rate, factor, self.closer);
        let mut climbed = Climbed::default();
        let mut best: Option<Report> = None;
        let accounts = self.options.accounts.clone();
        let accounts = accounts.unwrap_or_else(|| format!("climb-{:08x}", rand::random::<u32>()));
        let mut guarantees = Vec::new();
        let mut tries = 0;
        loop {
            let options = Options {
                rate: climb.rate(),
                accounts: Some(accounts.clone()),
                ..self.options.clone()
            };
            let report = self.once(options, endpoint).await?;
            let step = Step::of(&report);
            let held = step.held();
            say(&step);
            guarantees.extend(broken_guarantees(&report));
            let is_shown = step.is_shown_rather_than(best.as_ref().map(Step::of).as_ref());
            climbed.steps.push(step);
            if is_shown {
                best = Some(report);
            }
            tries += 1;
            let again = !held && tries < self.tries;
            if climbed.is_full() || !again && !climb.judged(held) {
                break;
            }
            tries = if again { tries } else { 0 };
        }
        let mut report = best.ok_or("no step was run")?;
        report.hold_to(guarantees);
        report.climbed = Some(climbed);
        Ok(report)
    }
}

/// Nobody to read it is no reason to stop.
fn say(step: &Step) {
    let broke = step.broke.first().map_or("held", String::as_str);
    drop(writeln!(io::stderr(), "step: {:.0} arrivals/s: {broke}", step.rate));
}

/// Whether an agent was there to the end.
fn present(share: &Share) -> Check {
    let lost = share.lost.as_ref();
    let broken = lost.map(|why| {
        format!(
            "agent {} was lost, and with it {} users and {} arrivals/s: {why}",
            share.name, share.users, share.rate
        )
    });
    Check::new(Class::Guarantee, format!("agent {}", share.name), broken)
}

/// What no step may break, however high its rate is.
fn broken_guarantees(report: &Report) -> Vec<Check> {
    let broken = report
        .checks
        .iter()
        .filter(|check| check.class == Class::Guarantee && check.broken.is_some());
    broken
        .map(|check| {
            let why = check
                .broken
                .as_ref()
                .map(|why| format!("at {} arrivals/s: {why}", report.load.rate));
            Check::new(check.class, check.name.clone(), why)
        })
        .collect()
}

fn list() -> Result<ExitCode, String> {
    for scenario in Scenario::all() {
        let scenario = scenario?;
        writeln!(io::stdout(), "{:<16} {}", scenario.name, scenario.about).map_err(|error| error.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}
