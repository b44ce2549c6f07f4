//! Moves a run from phase to phase, and makes its report.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant as StdInstant},
};

use goose::GooseError;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    crew, holding,
    load::{Load, Phase, Sending},
    progress,
    session::Session,
    stage::{Gate, Stage},
};
use crate::{
    measure::{
        Meter, Window,
        operations::{self, Operations},
        process::Usage,
    },
    options::Options,
    report::{Spent, Tally},
    target,
    targets::Targets,
};

/// How long after the ramp no socket may connect, while there are some that have not.
const CONNECTING: Duration = Duration::from_secs(60);

/// How often it is looked whether everything has arrived.
const LOOK: Duration = Duration::from_millis(20);

/// Why there is no report, in one line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The options contradict each other.
    #[error("{0}")]
    Usage(String),
    /// There is no server there.
    #[error(transparent)]
    Target(#[from] target::Error),
    /// The server did not do its part in setting up or verifying.
    #[error("{0}")]
    Failed(String),
    /// Goose could not be set up.
    #[error("goose: {0}")]
    Goose(String),
    /// There is no `/proc` to read the process's cost from.
    #[error("cannot measure this process: {0}")]
    Process(std::io::Error),
    /// The histograms could not be made.
    #[error("histogram: {0}")]
    Histogram(#[from] hdrhistogram::CreationError),
}

/// Runs the scenario to its end.
///
/// # Errors
/// When there is nothing to report, because the run could not be set up or its result not be verified.
pub async fn run(options: Options, stage: Stage) -> Result<Tally, Error> {
    options.validate().map_err(Error::Usage)?;
    options.validate_size().map_err(Error::Usage)?;
    let targets = Targets::parse(&options.targets)?;
    targets.probe().await?;
    let load = Arc::new(Load::new(options, targets, Meter::new()?, stage.stop));
    if let Some(endpoint) = &stage.endpoint {
        load.meter.expose(endpoint.show(Arc::clone(&load) as _));
    }
    let crew = spawn_crew(&load)?;
    let mut tasks = JoinSet::new();
    tasks.spawn(progress::watch(Arc::clone(&load), stage.watcher));
    let ran = phases(&load, stage.gate, &mut tasks).await;
    if let Err(error) = &ran {
        load.fail(error.to_string());
    }
    load.phase.send_replace(Phase::Verifying);
    tasks.join_all().await;
    crew.await.map_err(|error| Error::Goose(error.to_string()))?;
    let ran = ran?;
    match load.failure() {
        Some(why) => Err(Error::Failed(why.to_owned())),
        None => Ok(tally(&load, ran)),
    }
}

/// What the phases leave for the books.
struct Ran {
    /// How long settling took; none when the deadline came first.
    settled: Option<Duration>,
    /// What the harness used during the window.
    generator: Spent,
    /// What the server's processes used.
    servers: Vec<(String, Spent)>,
    /// How often they called what is behind them.
    operations: Operations,
    /// The harness's memory for each idle connection, in bytes.
    per_connection: u64,
}

/// The books of a finished run.
fn tally(load: &Load, ran: Ran) -> Tally {
    let settled = ran.settled.and_then(|settled| u64::try_from(settled.as_millis()).ok());
    Tally {
        seconds: load.meter.window_seconds(),
        counts: load.meter.counters.read(),
        outcomes: load.meter.outcomes.read(),
        latencies: load.meter.latencies(),
        findings: load.findings(),
        troubles: load.troubles(),
        settled_ms: settled,
        unanswered: load.pending(),
        timeline: load.timeline.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        generator: ran.generator,
        threads: load.threads,
        bytes_per_connection: ran.per_connection,
        servers: ran.servers,
        operations: ran.operations,
    }
}

/// Starts goose; its end before its time ends the run.
fn spawn_crew(load: &Arc<Load>) -> Result<JoinHandle<()>, Error> {
    let attack = crew::attack(load).map_err(|error: GooseError| Error::Goose(format!("{error:?}")))?;
    let load = Arc::clone(load);
    Ok(tokio::spawn(async move {
        if let Err(error) = attack.execute().await {
            load.fail(format!("goose: {error:?}"));
        } else if load.verifying.left() > 0 {
            load.fail("goose ended before its work was done".to_owned());
        }
    }))
}

/// From the open conversations to the last delivery.
async fn phases(load: &Arc<Load>, gate: Gate, tasks: &mut JoinSet<()>) -> Result<Ran, Error> {
    let aborted = || Error::Failed(load.failure().unwrap_or("aborted").to_owned());
    let set_up = async {
        load.opening.finished().await;
        load.gathering.finished().await;
    };
    load.unless_aborted(set_up).await.ok_or_else(aborted)?;
    let before = usage()?;
    load.unless_aborted(connect(load, tasks)).await.ok_or_else(aborted)??;
    let connected = usage()?;
    let begin = load.unless_aborted(gate.pass()).await.flatten().ok_or_else(aborted)?;
    let sending = start(load, begin);
    let window_from = load.meter.instant(sending.start + micros(load.options.warmup));
    let ended = async {
        sleep_until(Instant::from_std(window_from)).await;
        let (from, servers) = (usage()?, Spent::read(&load.options.servers));
        let called = operations::read(&load.options.server_metrics).await;
        sleep_until(Instant::from_std(load.meter.instant(sending.end))).await;
        let generator = Spent::between(from, usage()?);
        let servers = Spent::since(&load.options.servers, &servers);
        load.phase.send_replace(Phase::Settling(sending));
        let operations = operations::between(called, operations::read(&load.options.server_metrics).await);
        Ok::<_, Error>((settle(load).await, generator, servers, operations))
    };
    let (settled, generator, servers, operations) = load.unless_aborted(ended).await.ok_or_else(aborted)??;
    Ok(Ran {
        settled,
        generator,
        servers,
        operations,
        per_connection: connected.rss.saturating_sub(before.rss) / load.options.sockets() as u64,
    })
}

/// Opens the sockets, evenly over the ramp.
async fn connect(load: &Arc<Load>, tasks: &mut JoinSet<()>) -> Result<(), Error> {
    let (sockets, each) = (load.options.sockets(), load.options.sockets_per_user);
    let pause = Duration::from_secs_f64(load.options.ramp / sockets as f64);
    let start = Instant::now();
    for socket in 0..sockets {
        sleep_until(start + pause.saturating_mul(u32::try_from(socket).unwrap_or(u32::MAX))).await;
        let (load, user) = (Arc::clone(load), socket / each);
        match socket % each {
            0 => tasks.spawn(Session::new(load, user).run()),
            number => tasks.spawn(holding::hold(load, user, number)),
        };
    }
    if load.connecting.finished_or_stuck(CONNECTING).await {
        return Ok(());
    }
    let reasons = load
        .troubles()
        .into_iter()
        .map(|(reason, count)| format!("; {reason} ({count})"));
    let left = load.connecting.left();
    Err(Error::Failed(format!(
        "{left} of {sockets} sockets did not connect{}",
        reasons.collect::<String>()
    )))
}

/// Opens the measured window and lets the sessions send.
fn start(load: &Load, begin: StdInstant) -> Sending {
    let start = load.meter.micros(begin);
    let from = start + micros(load.options.warmup);
    let end = from + micros(load.options.duration);
    load.meter.open_window(Window { from, to: end });
    let sending = Sending { start, end };
    load.phase.send_replace(Phase::Sending(sending));
    sending
}

/// Waits until everything has arrived; `None` when the deadline came first.
async fn settle(load: &Load) -> Option<Duration> {
    let start = Instant::now();
    let arrived = async {
        while !load.is_settled() {
            sleep(LOOK).await;
        }
    };
    let settled = timeout(Duration::from_secs_f64(load.options.settle), arrived).await;
    settled.is_ok().then(|| start.elapsed())
}

fn usage() -> Result<Usage, Error> {
    Usage::read(None).map_err(Error::Process)
}

fn micros(seconds: f64) -> u64 {
    u64::try_from(Duration::from_secs_f64(seconds).as_micros()).unwrap_or(u64::MAX)
}
