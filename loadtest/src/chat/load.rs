//! What the sockets, the goose users and the conductor of a run share.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc, watch},
};
use tokio_util::sync::CancellationToken;

use super::{changing::ChangingGroups, gauge::Gauge, groups, newcomers::Newcomers, worklist::Worklist};
use crate::{
    check::{Findings, Room},
    measure::{Kind, Meter, Timeline, Way},
    options::Options,
    socket::connection::Lost,
    targets::Targets,
};

/// Work that waits for a goose user; past it, samples and reads are counted as left out.
const JOBS: usize = 1024;

/// How many samples a second goose gets; each costs it several times what the histograms here take.
const SAMPLES_PER_SECOND: f64 = 200.0;

/// Different kinds of trouble that a report lists; they carry a server's words, so there could be any number.
const TROUBLES: usize = 20;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Sockets are being opened.
    Connecting,
    /// Messages are sent.
    Sending(Sending),
    /// What was sent arrives.
    Settling(Sending),
    /// The sockets are closed; histories are compared.
    Verifying,
}

impl Phase {
    /// As metrics and progress name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Connecting => "preparing",
            Self::Sending(_) => "sending",
            Self::Settling(_) => "settling",
            Self::Verifying => "verifying",
        }
    }

    /// When the sending was, if it has begun and has not been judged yet.
    pub(super) fn sending(self) -> Option<Sending> {
        match self {
            Self::Sending(sending) | Self::Settling(sending) => Some(sending),
            Self::Connecting | Self::Verifying => None,
        }
    }
}

/// From when to when messages are meant to be sent, in µs of the meter's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Work that only a goose user can do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Job {
    /// Make that request as that user; meant to start at that time.
    Request { kind: Kind, user: usize, intended: u64 },
    /// Hand a measured time, in µs, to goose.
    Sample { kind: Kind, micros: u64 },
    /// That user's access token has expired.
    Renew { user: usize },
}

/// A user who is logged in.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) tokens: Mutex<Tokens>,
    newest: Mutex<Newest>,
}

/// The ids of an account's stored messages that requests are about; each is empty where there is none.
#[derive(Debug, Default)]
struct Newest {
    /// Edited, and reacted to.
    id: String,
    /// The one before it, if it is not deleted: nobody else asks for it any more.
    older: String,
}

/// As the server gave them.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
}

/// A conversation under test.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) id: String,
    room: Mutex<Room>,
}

/// What is shared; see the module.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) options: Options,
    pub(super) targets: Targets,
    /// Tells this run's messages and accounts from others'.
    pub(super) run: u32,
    pub(super) meter: Meter,
    pub(super) accounts: Vec<OnceLock<Account>>,
    pub(super) conversations: Vec<OnceLock<Conversation>>,
    pub(super) registering: Worklist,
    pub(super) opening: Worklist,
    pub(super) connecting: Worklist,
    pub(super) gathering: Worklist,
    /// Schedules that are not taken up to their end.
    pub(super) sending: Worklist,
    pub(super) verifying: Worklist,
    /// Groups that requests change.
    pub(super) changing: ChangingGroups,
    /// Who registered during the run.
    pub(super) newcomers: Newcomers,
    /// Open and authenticated.
    pub(super) sockets: Gauge,
    pub(super) timeline: Mutex<Timeline>,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) handshakes: Semaphore,
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) jobs_to_do: tokio::sync::Mutex<mpsc::Receiver<Job>>,
    /// Threads that the harness has for its work.
    pub(super) threads: usize,
    /// What every message says.
    pub(super) text: String,
    /// One in so many measured times goes to goose.
    stride: u64,
    measured: AtomicU64,
    /// Messages meant to be sent so far.
    intended: AtomicU64,
    /// Requests beside messages that were taken up and have not ended.
    pending: AtomicU64,
    failure: OnceLock<String>,
    /// Codes of failed requests and reasons of failed and lost connections, and how often each came.
    troubles: Mutex<BTreeMap<String, u64>>,
    /// Ends everything early; see [`fail`](Self::fail).
    pub(super) aborted: CancellationToken,
}

impl Load {
    pub(super) fn new(options: Options, targets: Targets, meter: Meter, stop: CancellationToken) -> Self {
        let (jobs, jobs_to_do) = mpsc::channel(JOBS);
        let (users, rooms, sockets) = (options.users, options.rooms(), options.sockets());
        let times_per_second = options.rate * options.rooms_of as f64;
        Self {
            targets,
            run: rand::random(),
            meter,
            accounts: std::iter::repeat_with(OnceLock::new).take(users).collect(),
            conversations: std::iter::repeat_with(OnceLock::new).take(rooms).collect(),
            registering: Worklist::new(users),
            opening: Worklist::new(rooms),
            connecting: Worklist::new(sockets),
            gathering: Worklist::new(groups::count(users, options.idle_groups)),
            sending: Worklist::new(users),
            verifying: Worklist::new(rooms),
            changing: ChangingGroups::default(),
            newcomers: Newcomers::default(),
            sockets: Gauge::default(),
            timeline: Mutex::default(),
            phase: watch::Sender::new(Phase::Connecting),
            handshakes: Semaphore::new(options.handshakes),
            jobs,
            jobs_to_do: tokio::sync::Mutex::new(jobs_to_do),
            stride: (times_per_second / SAMPLES_PER_SECOND).ceil().max(1.0) as u64,
            measured: AtomicU64::new(0),
            threads: Handle::current().metrics().num_workers(),
            text: "x".repeat(options.text_length),
            intended: AtomicU64::new(0),
            pending: AtomicU64::new(0),
            failure: OnceLock::new(),
            troubles: Mutex::new(BTreeMap::new()),
            aborted: stop,
            options,
        }
    }

    /// The run cannot go on; the first reason is the one reported.
    pub(super) fn fail(&self, reason: String) {
        self.failure.get_or_init(|| reason);
        self.aborted.cancel();
    }

    /// Why the run could not go on.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Waits for something, but not past the end of an aborted run. `None` when it was aborted.
    pub(super) async fn unless_aborted<T>(&self, wait: impl Future<Output = T>) -> Option<T> {
        self.aborted.run_until_cancelled(wait).await
    }

    /// An account, once registered.
    pub(super) fn account(&self, user: usize) -> Option<&Account> {
        self.accounts.get(user)?.get()
    }

    /// The conversation of a room, once opened.
    pub(super) fn conversation(&self, room: usize) -> Option<&Conversation> {
        self.conversations.get(room)?.get()
    }

    /// A request beside messages is taken up: it will be answered, fail, or be skipped.
    pub(super) fn begun(&self) {
        self.pending.fetch_add(1, Relaxed);
    }

    fn ended(&self, kind: Kind) {
        if kind.way() != Way::Message {
            self.pending.fetch_sub(1, Relaxed);
        }
    }

    /// How many of those that were taken up have not ended.
    pub(super) fn pending(&self) -> u64 {
        self.pending.load(Relaxed)
    }

    /// A request of the scenario is answered well.
    pub(super) fn answered(&self, kind: Kind, intended: u64, now: u64) {
        self.ended(kind);
        let micros = self.meter.answered(kind, intended, now);
        self.pass_on(kind, micros);
    }

    /// There was nothing that a request could be about.
    pub(super) fn skipped(&self, kind: Kind) {
        self.ended(kind);
        self.meter.outcomes.skipped(kind);
    }

    /// A message is acknowledged for the first time.
    pub(super) fn acknowledged(&self, now: u64) {
        self.meter.counters.acked.one();
        if self.meter.measures(now) {
            self.meter.counters.acked_in_window.one();
        }
    }

    /// A message of that user's came back to them, under that id: it is stored, and requests may be about it.
    pub(super) fn came_back(&self, user: usize, id: &str) {
        if let Some(account) = self.account(user) {
            let mut newest = account.newest();
            newest.older = std::mem::replace(&mut newest.id, id.to_owned());
        }
    }

    /// Queues a REST request; `false` when the queue is full.
    pub(super) fn ask(&self, kind: Kind, user: usize, intended: u64) -> bool {
        let asked = self.jobs.try_send(Job::Request { kind, user, intended }).is_ok();
        if asked {
            self.begun();
        }
        asked
    }

    /// Books a measured time, and passes a sample of them on to goose.
    pub(super) fn record(&self, kind: Kind, intended: u64, now: u64) {
        let micros = self.meter.record(kind, intended, now);
        self.pass_on(kind, micros);
    }

    fn pass_on(&self, kind: Kind, micros: u64) {
        let turn = self.measured.fetch_add(1, Relaxed).is_multiple_of(self.stride);
        if !turn || self.jobs.try_send(Job::Sample { kind, micros }).is_err() {
            self.meter.counters.unsampled.one();
        }
    }

    /// How many pages of history one more message asks for, so that all messages together ask for their share.
    pub(super) fn reads_due(&self) -> u64 {
        let before = self.intended.fetch_add(1, Relaxed);
        let due = |messages: u64| (messages as f64 * self.options.reads_per_write) as u64;
        due(before + 1) - due(before)
    }

    /// A request was not answered, or not well.
    pub(super) fn note_failed(&self, kind: Kind, why: &str) {
        self.ended(kind);
        self.meter.outcomes.failed(kind, None);
        self.note(format!("{kind} failed: {why}"));
    }

    /// A request was refused, with that code; the trace is the server's id of it.
    pub(super) fn note_refused(&self, kind: Kind, code: &str, trace: Option<&str>) {
        self.ended(kind);
        self.meter.outcomes.failed(kind, trace);
        self.note(format!("{kind} failed: {code}"));
    }

    /// A connection could not be opened.
    pub(super) fn note_connect_error(&self, lost: &Lost) {
        self.note(format!("connect: {lost}"));
    }

    /// A connection was lost.
    pub(super) fn note_disconnect(&self, lost: &Lost) {
        self.note(format!("disconnect: {lost}"));
    }

    fn note(&self, trouble: String) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if troubles.len() < TROUBLES || troubles.contains_key(&trouble) {
            *troubles.entry(trouble).or_default() += 1;
        }
    }

    /// What went wrong on the way, and how often.
    pub(super) fn troubles(&self) -> BTreeMap<String, u64> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every schedule was taken up to its end, every conversation has settled, and every request has ended.
    pub(super) fn is_settled(&self) -> bool {
        self.sending.left() == 0
            && self.pending() == 0
            && self
                .conversations
                .iter()
                .filter_map(OnceLock::get)
                .all(|conversation| conversation.room().is_settled())
    }

    /// What the checker has found so far.
    pub(super) fn findings_so_far(&self) -> Findings {
        let mut findings = Findings::default();
        for conversation in self.conversations.iter().filter_map(OnceLock::get) {
            findings += conversation.room().findings();
        }
        findings
    }

    /// The checker's verdict over all conversations.
    pub(super) fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        for conversation in self.conversations.iter().filter_map(OnceLock::get) {
            findings += conversation.room().conclude();
        }
        findings
    }
}

impl Account {
    pub(super) fn new(id: String, email: String, tokens: Tokens) -> Self {
        let (tokens, newest) = (Mutex::new(tokens), Mutex::default());
        Self {
            id,
            email,
            tokens,
            newest,
        }
    }

    /// The id of the newest message that is known to be stored, if there is one.
    pub(super) fn newest_message(&self) -> Option<String> {
        Some(self.newest().id.clone()).filter(|id| !id.is_empty())
    }

    /// The id of the one stored before that, once: whoever takes it may delete it.
    pub(super) fn take_older_message(&self) -> Option<String> {
        Some(std::mem::take(&mut self.newest().older)).filter(|id| !id.is_empty())
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Conversation {
    pub(super) fn new(id: String, room: Room) -> Self {
        Self {
            id,
            room: Mutex::new(room),
        }
    }

    pub(super) fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
