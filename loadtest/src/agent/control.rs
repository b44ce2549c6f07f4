//! The controller's side: the same moment for all, one picture of all, and a name for whoever is missing.

use std::{collections::VecDeque, time::Duration};

use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};

use super::{
    share::{Share, split},
    wire::{self, ToAgent, ToController, Version, Wire, agree},
};
use crate::{
    check::Findings,
    measure::{
        Point,
        operations::{self, Operations},
    },
    metrics::{Endpoint, Merged},
    options::Options,
    report::{Spent, Tally},
};

/// How long an agent may take to accept a connection.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long an agent that is busy is asked again, and how often.
const BUSY: Duration = Duration::from_secs(15);
const AGAIN: Duration = Duration::from_millis(250);

/// How long after the last agent is ready all begin: enough for the word to reach each of them.
const NOTICE: Duration = Duration::from_millis(500);

/// Events of the agents that wait for the controller.
const EVENTS: usize = 256;

/// Seconds of one agent that wait for those of a slower one.
const PATIENCE: usize = 5;

/// Why there is nothing to report, in one line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The load can not be split.
    #[error("{0}")]
    Split(String),
    /// An agent was lost before the sending began, or all of them after it.
    #[error("agent {name}: {why}")]
    Lost {
        /// Its address.
        name: String,
        /// What happened.
        why: String,
    },
}

/// Several agents that share a load.
#[derive(Debug)]
pub struct Controller {
    agents: Vec<String>,
    patience: Duration,
}

/// What the tasks of the agents tell.
enum Event {
    Ready,
    Point(Box<Point>),
}

/// What an agent's task ends with: its books, or why there are none; and how long a message to it and back takes.
type Ended = (usize, Result<Tally, String>, Duration);

impl Controller {
    /// Over the agents that listen at these addresses, as `host:port`, or will do so before `patience` is over.
    #[must_use]
    pub fn new(agents: Vec<String>, patience: Duration) -> Self {
        Self { agents, patience }
    }

    /// Runs the load on all of them, and adds their books up. `watcher` gets the points of all, added up too, and so does whoever
    /// scrapes `endpoint`.
    ///
    /// # Errors
    /// When an agent is lost before the sending has begun: then there is nothing to measure. Whoever is lost later is named in
    /// its [`Share`], and its part of the books is missing.
    pub async fn run(
        &self,
        options: &Options,
        watcher: mpsc::Sender<Point>,
        endpoint: Option<&Endpoint>,
    ) -> Result<(Tally, Vec<Share>), Error> {
        let parts = split(options, self.agents.len()).map_err(Error::Split)?;
        let (begin, _) = watch::channel(None);
        let (sender, mut events) = mpsc::channel(EVENTS);
        let mut tasks = JoinSet::new();
        for (position, (agent, part)) in self.agents.iter().zip(&parts).enumerate() {
            let link = Link {
                position,
                events: sender.clone(),
                begin: begin.subscribe(),
                round_trip: Duration::ZERO,
                awaited: Some(Instant::now() + self.patience),
            };
            let (address, part) = (agent.clone(), part.clone());
            tasks.spawn(async move { link.follow(&address, part).await });
        }
        drop(sender);
        let merged = endpoint.map(|endpoint| Merged::show(endpoint, options.rate));
        let mut picture = Picture::new(self.agents.len(), watcher, merged);
        self.all_ready(&mut tasks, &mut events, &mut picture).await?;
        let start = Instant::now() + NOTICE;
        begin.send_replace(Some(start));
        let mut reading = JoinSet::new();
        reading.spawn(servers(options.clone(), start));
        let ended = self.all_ended(&mut tasks, &mut events, &mut picture).await;
        let (tally, shares) = self.add_up(ended, parts)?;
        if let Some(merged) = &picture.merged {
            merged.conclude(&tally);
        }
        // The reading ends with the window, which lies before the end of every agent that has ended well.
        let servers = timeout(NOTICE, reading.join_next()).await.ok().flatten();
        let (servers, operations) = servers.and_then(Result::ok).unwrap_or_default();
        let tally = Tally {
            servers,
            operations,
            ..tally
        };
        Ok((tally, shares))
    }

    /// Waits for the word of every agent.
    async fn all_ready(
        &self,
        tasks: &mut JoinSet<Ended>,
        events: &mut mpsc::Receiver<(usize, Event)>,
        picture: &mut Picture,
    ) -> Result<(), Error> {
        let mut waiting = self.agents.len();
        while waiting > 0 {
            tokio::select! {
                Some((agent, event)) = events.recv() => match event {
                    Event::Ready => waiting -= 1,
                    Event::Point(point) => picture.add(agent, *point),
                },
                Some(Ok((agent, ended, _))) = tasks.join_next() => {
                    let why = ended.err().unwrap_or_else(|| "ended before its time".to_owned());
                    return Err(self.lost(agent, why));
                }
                else => return Err(self.lost(0, "its task failed".to_owned())),
            }
        }
        Ok(())
    }

    async fn all_ended(
        &self,
        tasks: &mut JoinSet<Ended>,
        events: &mut mpsc::Receiver<(usize, Event)>,
        picture: &mut Picture,
    ) -> Vec<Ended> {
        let mut all = Vec::new();
        while all.len() < self.agents.len() {
            tokio::select! {
                Some((agent, event)) = events.recv() => {
                    if let Event::Point(point) = event {
                        picture.add(agent, *point);
                    }
                }
                joined = tasks.join_next() => match joined {
                    Some(Ok(ended)) => {
                        let found = ended.1.as_ref().map(|tally| tally.findings);
                        picture.leave(ended.0, found.unwrap_or_default());
                        all.push(ended);
                    }
                    // A task that panicked has no books; its agent is named below.
                    Some(Err(_)) => {}
                    None => break,
                },
            }
        }
        all
    }

    fn add_up(&self, ended: Vec<Ended>, parts: Vec<Options>) -> Result<(Tally, Vec<Share>), Error> {
        let mut shares: Vec<Share> = self
            .agents
            .iter()
            .zip(parts)
            .map(|(name, part)| missing(name, &part))
            .collect();
        let mut sum: Option<Tally> = None;
        for (agent, outcome, round_trip) in ended {
            let share = &mut shares[agent];
            share.start_within_ms = round_trip.as_secs_f64() * 500.0;
            share.lost = outcome.as_ref().err().cloned();
            match (&mut sum, outcome) {
                (Some(sum), Ok(tally)) => sum.beside(tally),
                (None, Ok(tally)) => sum = Some(tally),
                (_, Err(_)) => {}
            }
        }
        match sum {
            Some(sum) => Ok((sum, shares)),
            None => Err(self.lost(0, shares[0].lost.clone().unwrap_or_default())),
        }
    }

    fn lost(&self, agent: usize, why: String) -> Error {
        let name = self.agents[agent].clone();
        Error::Lost { name, why }
    }
}

/// The share of an agent that nothing was heard of yet.
fn missing(name: &str, part: &Options) -> Share {
    Share {
        name: name.to_owned(),
        users: part.users,
        rate: part.rate,
        start_within_ms: 0.0,
        lost: Some("its task failed".to_owned()),
    }
}

/// What the server's processes on this machine use during the window, and how often they call what is behind them.
async fn servers(options: Options, start: Instant) -> (Vec<(String, Spent)>, Operations) {
    let from = start + Duration::from_secs_f64(options.warmup);
    sleep_until(from).await;
    let before = Spent::read(&options.servers);
    let called = operations::read(&options.server_metrics).await;
    sleep_until(from + Duration::from_secs_f64(options.duration)).await;
    let spent = Spent::since(&options.servers, &before);
    let operations = operations::between(called, operations::read(&options.server_metrics).await);
    (spent, operations)
}

/// The connection to one agent.
struct Link {
    position: usize,
    events: mpsc::Sender<(usize, Event)>,
    begin: watch::Receiver<Option<Instant>>,
    round_trip: Duration,
    /// Until when it may be missing; none once it has answered.
    awaited: Option<Instant>,
}

impl Link {
    /// From the first word to the last. One that is busy is asked again for a while: the end of a run whose controller has gone
    /// takes some moments. So is one that is not there yet.
    async fn follow(mut self, address: &str, part: Options) -> Ended {
        let patience = Instant::now() + BUSY;
        let outcome = loop {
            match self.converse(address, part.clone()).await {
                Ok(None) if Instant::now() < patience => sleep(AGAIN).await,
                Ok(None) => break Err("it is busy with another run".to_owned()),
                Ok(Some(outcome)) => break outcome,
                Err(_) if self.awaited.is_some_and(|until| Instant::now() < until) => sleep(AGAIN).await,
                Err(error) => break Err(error.to_string()),
            }
        };
        (self.position, outcome, self.round_trip)
    }

    /// Its books, or why it has none; none of both when it is busy.
    async fn converse(&mut self, address: &str, part: Options) -> Result<Option<Result<Tally, String>>, wire::Error> {
        let connected = timeout(CONNECTING, TcpStream::connect(address)).await;
        let mut wire = Wire::new(connected.map_err(|_| wire::Error::Silent)??)?;
        wire.say(&ToAgent::Hello(Version::own())).await?;
        match wire.hear().await? {
            ToController::Hello(version) => {
                self.awaited = None;
                agree(&version)?;
            }
            _ => return Err(wire::Error::Closed),
        }
        wire.say(&ToAgent::Run(Box::new(part))).await?;
        self.attend(&mut wire).await
    }

    /// Until its books are there.
    async fn attend(&mut self, wire: &mut Wire) -> Result<Option<Result<Tally, String>>, wire::Error> {
        let epoch = Instant::now();
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = wire.hear() => match message? {
                    ToController::Done(tally) => return Ok(Some(Ok(*tally))),
                    ToController::Failed(why) => return Ok(Some(Err(why))),
                    ToController::Busy => return Ok(None),
                    ToController::Pong(sent) => self.round_trip = epoch.elapsed().saturating_sub(Duration::from_micros(sent)),
                    ToController::Ready => self.tell(Event::Ready).await,
                    ToController::Point(point) => self.tell(Event::Point(point)).await,
                    ToController::Hello(_) => return Err(wire::Error::Closed),
                },
                _ = second.tick() => wire.say(&ToAgent::Ping(micros(epoch.elapsed()))).await?,
                Ok(()) = self.begin.changed() => {
                    let start = *self.begin.borrow_and_update();
                    if let Some(start) = start {
                        let left = start.saturating_duration_since(Instant::now());
                        wire.say(&ToAgent::Start(micros(left.saturating_sub(self.round_trip / 2)))).await?;
                    }
                }
            }
        }
    }

    async fn tell(&self, event: Event) {
        // The controller has gone: this task will be dropped.
        drop(self.events.send((self.position, event)).await);
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The seconds of all agents, added up one by one.
struct Picture {
    agents: Vec<Seconds>,
    watcher: mpsc::Sender<Point>,
    merged: Option<Merged>,
}

/// Those of one agent.
#[derive(Default)]
struct Seconds {
    /// What came and was not shown yet.
    waiting: VecDeque<Point>,
    /// What it found, once nothing more will come.
    ended: Option<Findings>,
}

impl Picture {
    fn new(agents: usize, watcher: mpsc::Sender<Point>, merged: Option<Merged>) -> Self {
        Self {
            agents: std::iter::repeat_with(Seconds::default).take(agents).collect(),
            watcher,
            merged,
        }
    }

    fn add(&mut self, agent: usize, point: Point) {
        self.agents[agent].waiting.push_back(point);
        self.show();
    }

    /// It has ended, and that is what it found.
    fn leave(&mut self, agent: usize, findings: Findings) {
        self.agents[agent].ended = Some(findings);
        self.show();
    }

    /// Shows every second that all have told who still can, or that waits for too long.
    fn show(&mut self) {
        loop {
            let mut agents = self.agents.iter();
            let complete = agents.all(|agent| agent.ended.is_some() || !agent.waiting.is_empty());
            let overdue = self.agents.iter().any(|agent| agent.waiting.len() > PATIENCE);
            if !complete && !overdue {
                return;
            }
            let (mut sum, mut found_before) = (None::<Point>, Findings::default());
            for agent in &mut self.agents {
                match (agent.waiting.pop_front(), &mut sum) {
                    (Some(point), Some(sum)) => sum.beside(&point),
                    (Some(point), None) => sum = Some(point),
                    (None, _) => found_before += agent.ended.unwrap_or_default(),
                }
            }
            let Some(sum) = sum else { return };
            if let Some(merged) = &self.merged {
                merged.add(&sum, found_before);
            }
            // Who does not keep up misses it.
            drop(self.watcher.try_send(sum));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Counted;

    fn point(sent: u64) -> Point {
        let counts = Counted {
            sent,
            ..Counted::default()
        };
        Point::new(1.0, "sending", counts, None)
    }

    #[test]
    fn seconds_are_shown_once_all_have_told_them_or_somebody_is_too_slow() {
        let (watcher, mut shown) = mpsc::channel(16);
        let mut picture = Picture::new(2, watcher, None);
        picture.add(0, point(1));
        assert!(shown.try_recv().is_err());
        picture.add(1, point(10));
        assert_eq!(shown.try_recv().unwrap().counts.sent, 11);
        (0..=PATIENCE).for_each(|_| picture.add(0, point(2)));
        assert_eq!(shown.try_recv().unwrap().counts.sent, 2);
        picture.leave(1, Findings::default());
        assert_eq!(std::iter::from_fn(|| shown.try_recv().ok()).count(), PATIENCE);
        picture.leave(0, Findings::default());
        assert!(shown.try_recv().is_err());
    }
}
