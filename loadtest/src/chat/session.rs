//! One user's life on the socket: connect, send what is due, take what comes, connect again.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{
    backoff::Backoff,
    load::{Conversation, Job, Load, Phase, Sending},
    outbox::Outbox,
    sync::Sync,
};
use crate::{
    measure::{Counters, Kind},
    schedule::Schedule,
    socket::connection::{Connection, Lost},
};

/// Frames wait in the outbox, not in memory twice, once this many bytes are unwritten.
const BACKLOG: usize = 64 << 10;

/// How long an acknowledgement may take before the message is sent again, in µs: 10 s.
const PATIENCE: u64 = 10_000_000;

/// Leaving later than this after the intended start is the harness's own fault, in µs: 10 ms.
const PUNCTUAL: u64 = 10_000;

/// How often overdue answers, gaps and silence are looked for, in µs: 1 s.
const TICK: u64 = 1_000_000;

/// One user.
pub(super) struct Session {
    pub(super) load: Arc<Load>,
    /// Which account.
    user: usize,
    /// Which conversation.
    pub(super) room: usize,
    /// Which of its members.
    pub(super) place: usize,
    /// Which gateway it is connected to, or tries next.
    gateway: usize,
    schedule: Schedule,
    pub(super) outbox: Outbox,
    pub(super) sync: Sync,
    /// When the present connection was opened.
    connected_at: u64,
    /// When the server was last heard of.
    heard_at: u64,
    /// When to leave the present connection, if the server asked for that.
    pub(super) leave_at: Option<u64>,
}

impl Session {
    pub(super) fn new(load: Arc<Load>, user: usize) -> Self {
        let options = &load.options;
        let seed = u64::from(options.seed.unwrap_or(load.run));
        let schedule = Schedule::new(options.arrivals, options.rate, user, options.users, seed);
        let (room, place) = (user / options.rooms_of, user % options.rooms_of);
        let (outbox, sync) = (Outbox::default(), Sync::default());
        Self {
            load,
            user,
            room,
            place,
            // Members of one conversation are on different gateways, where there are several.
            gateway: user,
            schedule,
            outbox,
            sync,
            connected_at: 0,
            heard_at: 0,
            leave_at: None,
        }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.load.meter.counters
    }

    pub(super) fn conversation(&self) -> Option<&Conversation> {
        self.load.conversation(self.room)
    }

    /// Lives until the run verifies, or is aborted.
    pub(super) async fn run(mut self) {
        let load = Arc::clone(&self.load);
        let mut phase = load.phase.subscribe();
        let over = async {
            tokio::select! {
                () = load.aborted.cancelled() => {}
                _ = phase.wait_for(|phase| *phase == Phase::Verifying) => {}
            }
        };
        tokio::select! {
            biased;
            () = over => {}
            () = self.stay_connected() => {}
        }
    }

    async fn stay_connected(&mut self) {
        let mut backoff = Backoff::default();
        let mut again = false;
        loop {
            // Boxed, so that the handshake's state is not kept for as long as the connection.
            match Box::pin(self.connect()).await {
                Ok(connection) => {
                    backoff = Backoff::default();
                    self.sync.wanted = again;
                    if !std::mem::replace(&mut again, true) {
                        self.load.connecting.finish_one();
                    }
                    let Err(lost) = self.converse(connection).await;
                    self.disconnected(&lost);
                }
                Err(lost) => self.connect_failed(&lost),
            }
            // What took one connection may have taken the whole gateway.
            self.gateway += 1;
            tokio::time::sleep(backoff.next(rand::random())).await;
        }
    }

    async fn connect(&mut self) -> Result<Connection, Lost> {
        let account = self.load.account(self.user).ok_or(Lost::Closed)?;
        let _permit = self.load.handshakes.acquire().await.map_err(|_| Lost::Closed)?;
        let token = account.tokens().access_token.clone();
        Connection::open(self.load.targets.of(self.gateway), &token).await
    }

    fn connect_failed(&self, lost: &Lost) {
        self.counters().failed_connects.one();
        self.load.note_connect_error(lost);
        if matches!(lost, Lost::Refused(message) if **message == *"TOKEN_EXPIRED") {
            // A full queue drops it, and the next attempt asks again.
            _ = self.load.jobs.try_send(Job::Renew { user: self.user });
        }
    }

    fn disconnected(&mut self, lost: &Lost) {
        let counters = self.counters();
        counters.disconnects.one();
        if matches!(lost, Lost::Frame(_) | Lost::Packet(_)) {
            counters.malformed.one();
        }
        self.load.note_disconnect(lost);
        self.outbox.connection_lost();
    }

    /// Until the connection is lost.
    async fn converse(&mut self, mut connection: Connection) -> Result<Infallible, Lost> {
        let mut phase = self.load.phase.subscribe();
        self.connected_at = self.load.meter.now();
        self.heard_at = self.connected_at;
        self.leave_at = None;
        self.sync.forget();
        if let Some(conversation) = self.conversation() {
            conversation.room().connected(self.place);
        }
        let mut tick = self.connected_at + TICK;
        // At once: what fell due, or was missed, while there was no connection does not wait for the next event.
        let mut armed = self.connected_at;
        let timer = sleep_until(Instant::from_std(self.load.meter.instant(armed)));
        tokio::pin!(timer);
        loop {
            tokio::select! {
                biased;
                received = connection.receive(|packet| self.on_packet(packet)) => {
                    received?;
                    self.heard_at = self.load.meter.now();
                }
                () = &mut timer => {}
                // Its sender lives in `load`, so it does not end.
                _ = phase.changed() => {}
            }
            let now = self.load.meter.now();
            if self.leave_at.is_some_and(|at| at <= now) {
                return Err(Lost::Moved);
            }
            let standing = *phase.borrow_and_update();
            if now >= tick {
                tick = now + TICK;
                self.on_tick(now, standing, connection.silence_limit())?;
            }
            self.send(&mut connection, standing, now)?;
            let wake = self
                .next_due(standing)
                .into_iter()
                .chain(self.leave_at)
                .fold(tick, u64::min);
            if wake != armed || timer.is_elapsed() {
                armed = wake;
                timer.as_mut().reset(Instant::from_std(self.load.meter.instant(wake)));
            }
        }
    }

    /// Once a second: what is overdue is sent again, what is missing asked for.
    fn on_tick(&mut self, now: u64, phase: Phase, silence_limit: Duration) -> Result<(), Lost> {
        if Duration::from_micros(now.saturating_sub(self.heard_at)) > silence_limit {
            return Err(Lost::Silent);
        }
        self.outbox.revive(now, PATIENCE);
        let behind = self.conversation().is_some_and(|conversation| {
            let room = conversation.room();
            room.has_gap(self.place) || (matches!(phase, Phase::Settling(_)) && !room.is_settled())
        });
        self.sync.wanted |= behind;
        Ok(())
    }

    /// Takes up what is due, and writes as much as the connection takes.
    fn send(&mut self, connection: &mut Connection, phase: Phase, now: u64) -> Result<(), Lost> {
        self.take_up(phase, now);
        let mut name = String::new();
        while connection.backlog() < BACKLOG {
            let Some(send) = self.outbox.take(now) else { break };
            self.write_message(connection, send.number, &mut name);
            let counters = self.counters();
            if send.again { &counters.retries } else { &counters.sent }.one();
        }
        self.ask_for_missed(connection, now);
        connection.flush()
    }

    /// Moves what is due from the schedule into the journal and the outbox.
    fn take_up(&mut self, phase: Phase, now: u64) {
        while let Some(intended) = self.next_due(phase).filter(|due| *due <= now) {
            self.schedule.advance();
            if self.outbox.is_full() {
                self.counters().shed.one();
                continue;
            }
            let Some(number) = self.conversation().map(|it| it.room().intend(self.place, intended)) else {
                return;
            };
            self.outbox.push(number);
            // What fell due while there was no connection is late by the server's doing.
            if intended >= self.connected_at {
                let lag = self.load.meter.record(Kind::Lag, intended, now);
                if lag > PUNCTUAL {
                    self.counters().late.one();
                }
            }
            self.ask_for_reads(intended);
        }
    }

    /// When the next message is meant to be sent, if there is one more.
    fn next_due(&self, phase: Phase) -> Option<u64> {
        let (Phase::Sending(Sending { start, end }) | Phase::Settling(Sending { start, end })) = phase else {
            return None;
        };
        let due = u64::try_from(self.schedule.due()?.as_micros())
            .ok()?
            .saturating_add(start);
        (due < end).then_some(due)
    }

    fn ask_for_reads(&self, intended: u64) {
        for _ in 0..self.load.reads_due() {
            if self
                .load
                .jobs
                .try_send(Job::History {
                    user: self.user,
                    intended,
                })
                .is_err()
            {
                self.counters().history_skipped.one();
            }
        }
    }
}
