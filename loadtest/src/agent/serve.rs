//! The agent's side: one run at a time, for as long as its controller is there.

use std::{
    io::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::wire::{Error, ToAgent, ToController, Version, Wire, agree};
use crate::{
    chat::{self, Gate, Stage},
    measure::Point,
    metrics::Endpoint,
    options::Options,
    report::Tally,
    source::Sources,
};

/// Points that wait to be sent to the controller.
const WAITING: usize = 8;

/// Connections at a time: the run's, and some that are told to wait.
const CONNECTIONS: usize = 16;

/// What an agent has of its own.
#[derive(Debug, Default)]
pub struct Agent {
    /// Where its sockets come from, whatever the controller says.
    pub source: Option<Sources>,
    /// Where its runs are shown to Prometheus.
    pub endpoint: Option<Arc<Endpoint>>,
}

/// Serves controllers, one after the other, for ever.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, agent: Agent) -> io::Result<()> {
    let (agent, free) = (Arc::new(agent), Arc::new(Semaphore::new(1)));
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
        let (stream, controller) = listener.accept().await?;
        let (agent, free) = (Arc::clone(&agent), Arc::clone(&free));
        connections.spawn(async move {
            let outcome = converse(stream, &agent, &free).await;
            let told = outcome.map_or_else(|error| error.to_string(), |()| "done".to_owned());
            // Nobody to read it is no reason to stop.
            drop(writeln!(io::stderr(), "run of {controller}: {told}"));
        });
        while connections.try_join_next().is_some() {}
    }
}

/// One connection, from the first word to the last.
async fn converse(stream: TcpStream, agent: &Agent, free: &Semaphore) -> Result<(), Error> {
    let mut wire = Wire::new(stream)?;
    wire.say(&ToController::Hello(Version::own())).await?;
    match wire.hear().await? {
        ToAgent::Hello(version) => agree(&version)?,
        _ => return Err(Error::Closed),
    }
    let Ok(_turn) = free.try_acquire() else {
        wire.say(&ToController::Busy).await?;
        // To go while something is unread would reset the connection, and the word with it.
        while wire.hear::<ToAgent>().await.is_ok() {}
        return Ok(());
    };
    match wire.hear().await? {
        ToAgent::Run(options) => run(&mut wire, agent, *options).await,
        _ => Err(Error::Closed),
    }
}

/// What the controller is told about a run that goes on.
struct Told {
    points: mpsc::Receiver<Point>,
    ready: oneshot::Receiver<()>,
    start: Option<oneshot::Sender<Instant>>,
}

async fn run(wire: &mut Wire, agent: &Agent, mut options: Options) -> Result<(), Error> {
    // What is on this machine is not the controller's to name.
    options.goose_report = None;
    options.servers.clear();
    options.server_metrics.clear();
    options.source = agent.source.or(options.source);
    let (watcher, points) = mpsc::channel(WAITING);
    let ((ready, is_ready), (start, started)) = (oneshot::channel(), oneshot::channel());
    let stop = CancellationToken::new();
    let stage = Stage {
        gate: Gate::Held { ready, start: started },
        watcher,
        stop: stop.clone(),
        endpoint: agent.endpoint.clone(),
    };
    let told = Told {
        points,
        ready: is_ready,
        start: Some(start),
    };
    let running = chat::run(options, stage);
    tokio::pin!(running);
    let ended = tokio::select! {
        ended = &mut running => ended,
        Err(lost) = attend(wire, told) => {
            // Nobody waits for this any more.
            stop.cancel();
            drop(running.await);
            return Err(lost);
        }
    };
    let last = ended.map_or_else(
        |error| ToController::Failed(error.to_string()),
        |tally: Tally| ToController::Done(Box::new(tally)),
    );
    wire.say(&last).await
}

/// Tells the controller how the run goes, until the controller is lost.
async fn attend(wire: &mut Wire, mut told: Told) -> Result<std::convert::Infallible, Error> {
    let mut waiting = true;
    loop {
        tokio::select! {
            message = wire.hear() => match message? {
                ToAgent::Ping(number) => wire.say(&ToController::Pong(number)).await?,
                ToAgent::Start(micros) => {
                    let begin = Instant::now() + Duration::from_micros(micros);
                    // A run that has failed meanwhile will say so.
                    _ = told.start.take().map(|start| start.send(begin));
                }
                ToAgent::Hello(_) | ToAgent::Run(_) => return Err(Error::Closed),
            },
            Some(point) = told.points.recv() => wire.say(&ToController::Point(Box::new(point))).await?,
            ready = &mut told.ready, if waiting => {
                waiting = false;
                if ready.is_ok() {
                    wire.say(&ToController::Ready).await?;
                }
            }
        }
    }
}
