//! What the sockets, the goose users and the conductor of a run share.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::worklist::Worklist;
use crate::{
    check::{Findings, Room},
    measure::{Kind, Meter},
    options::Options,
    socket::connection::Lost,
    targets::Targets,
};

/// Handshakes at a time: enough to be quick, too few to overrun a listener's backlog.
const HANDSHAKES: usize = 64;

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

/// From when to when messages are meant to be sent, in µs of the meter's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Work that only a goose user can do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Job {
    /// Read the newest page of that user's conversation; meant to start at that time.
    History { user: usize, intended: u64 },
    /// Hand a measured time, in µs, to goose.
    Sample { kind: Kind, micros: u64 },
    /// That user's access token has expired.
    Renew { user: usize },
}

/// A user who is logged in.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) tokens: Mutex<Tokens>,
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
    pub(super) verifying: Worklist,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) handshakes: Semaphore,
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) jobs_to_do: tokio::sync::Mutex<mpsc::Receiver<Job>>,
    /// What every message says.
    pub(super) text: String,
    /// One in so many measured times goes to goose.
    stride: u64,
    measured: AtomicU64,
    /// Messages meant to be sent so far.
    intended: AtomicU64,
    failure: OnceLock<String>,
    /// Codes of refused sends and reasons of failed and lost connections, and how often each came.
    troubles: Mutex<BTreeMap<String, u64>>,
    /// Ends everything early; see [`fail`](Self::fail).
    pub(super) aborted: CancellationToken,
}

impl Load {
    pub(super) fn new(options: Options, targets: Targets, meter: Meter) -> Self {
        let (jobs, jobs_to_do) = mpsc::channel(JOBS);
        let (users, rooms) = (options.users, options.rooms());
        let times_per_second = options.rate * options.rooms_of as f64;
        Self {
            targets,
            run: rand::random(),
            meter,
            accounts: std::iter::repeat_with(OnceLock::new).take(users).collect(),
            conversations: std::iter::repeat_with(OnceLock::new).take(rooms).collect(),
            registering: Worklist::new(users),
            opening: Worklist::new(rooms),
            connecting: Worklist::new(users),
            verifying: Worklist::new(rooms),
            phase: watch::Sender::new(Phase::Connecting),
            handshakes: Semaphore::new(HANDSHAKES),
            jobs,
            jobs_to_do: tokio::sync::Mutex::new(jobs_to_do),
            stride: (times_per_second / SAMPLES_PER_SECOND).ceil().max(1.0) as u64,
            measured: AtomicU64::new(0),
            text: "x".repeat(options.text_length),
            intended: AtomicU64::new(0),
            failure: OnceLock::new(),
            troubles: Mutex::new(BTreeMap::new()),
            aborted: CancellationToken::new(),
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

    /// Books a measured time, and passes a sample of them on to goose.
    pub(super) fn record(&self, kind: Kind, intended: u64, now: u64) {
        let micros = self.meter.record(kind, intended, now);
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

    /// A send was refused for good, with that code.
    pub(super) fn note_refusal(&self, code: &str) {
        self.note(format!("send refused: {code}"));
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

    /// Whether every conversation has settled.
    pub(super) fn is_settled(&self) -> bool {
        self.conversations
            .iter()
            .filter_map(OnceLock::get)
            .all(|conversation| conversation.room().is_settled())
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
