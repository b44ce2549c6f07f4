//! One user's life on the socket: connect, send what is due, take what comes, connect again.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{
    backoff::Backoff,
    command::Commands,
    load::{Conversation, Load, Phase, Sending},
    outbox::Outbox,
    sync::Sync,
};
use crate::{
    measure::{Counters, Kind, Way},
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
    pub(super) user: usize,
    /// Which conversation.
    pub(super) room: usize,
    /// Which of its members.
    pub(super) place: usize,
    /// Which gateway it is connected to, or tries next.
    gateway: usize,
    schedule: Schedule,
    /// Whether all of it was taken up.
    is_sent: bool,
    pub(super) outbox: Outbox,
    pub(super) sync: Sync,
    pub(super) commands: Commands,
    /// When it was meant to close its socket and open another one, if it is to.
    moving: Option<u64>,
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
            is_sent: false,
            outbox,
            sync,
            commands: Commands::default(),
            moving: None,
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
        let load = Arc::clone(&self.load);
        let mut backoff = Backoff::default();
        let mut again = false;
        loop {
            let mut at_once = false;
            // Boxed, so that the handshake's state is not kept for as long as the connection.
            match Box::pin(self.connect()).await {
                Ok(connection) => {
                    backoff = Backoff::default();
                    self.sync.wanted = again;
                    if !std::mem::replace(&mut again, true) {
                        self.load.connecting.finish_one();
                    }
                    let open = load.sockets.one_more();
                    let Err(lost) = self.converse(connection).await;
                    drop(open);
                    at_once = matches!(lost, Lost::Left);
                    self.disconnected(&lost);
                }
                Err(lost) => load.connect_failed(self.user, &lost),
            }
            // What took one connection may have taken the whole gateway.
            self.gateway += 1;
            if !at_once {
                tokio::time::sleep(backoff.next(rand::random())).await;
            }
        }
    }

    async fn connect(&mut self) -> Result<Connection, Lost> {
        self.load.connect(self.user, self.gateway, 0).await
    }

    fn disconnected(&mut self, lost: &Lost) {
        self.outbox.connection_lost();
        self.commands.connection_lost();
        if matches!(lost, Lost::Left) {
            return;
        }
        let counters = self.counters();
        counters.disconnects.one();
        if matches!(lost, Lost::Frame(_) | Lost::Packet(_)) {
            counters.malformed.one();
        }
        self.load.note_disconnect(lost);
    }

    /// A new connection: nothing of the old one counts.
    fn connected(&mut self) {
        self.connected_at = self.load.meter.now();
        self.heard_at = self.connected_at;
        self.leave_at = None;
        self.sync.forget();
        self.counters().connects.one();
        if let Some(conversation) = self.conversation() {
            conversation.room().connected(self.place);
        }
        if let Some(intended) = self.moving.take() {
            self.load.answered(Kind::Connect, intended, self.connected_at);
        }
    }

    /// Until the connection is lost.
    async fn converse(&mut self, mut connection: Connection) -> Result<Infallible, Lost> {
        let mut phase = self.load.phase.subscribe();
        self.connected();
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
            if self.moving.is_some() && self.commands.is_quiet() {
                return Err(Lost::Left);
            }
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
        self.give_up_commands(now, PATIENCE);
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
        self.write_commands(connection, now, BACKLOG);
        self.ask_for_missed(connection, now);
        connection.flush()
    }

    /// Moves what is due from the schedule to where it is done.
    fn take_up(&mut self, phase: Phase, now: u64) {
        while let Some(intended) = self.next_due(phase).filter(|due| *due <= now) {
            let kind = self.load.options.mix.pick(self.schedule.chance());
            self.schedule.advance();
            if !self.begin(kind, intended) {
                self.load.meter.outcomes.skipped(kind);
                continue;
            }
            // What fell due while there was no connection is late by the server's doing; what is asked for over REST starts later.
            if intended >= self.connected_at && kind.way() != Way::Rest {
                let lag = self.load.meter.record(Kind::Lag, intended, now);
                if lag > PUNCTUAL {
                    self.counters().late.one();
                }
            }
        }
        // The end of the sending has passed, and so nothing will fall due any more.
        if matches!(phase, Phase::Settling(_)) && !std::mem::replace(&mut self.is_sent, true) {
            self.load.sending.finish_one();
        }
    }

    /// Takes up one arrival; `false` when it has to be given up.
    fn begin(&mut self, kind: Kind, intended: u64) -> bool {
        let taken = match kind.way() {
            Way::Message => return self.begin_message(intended),
            Way::Rest => return self.load.ask(kind, self.user, intended),
            Way::Signal => return self.commands.push(kind, intended),
            Way::Command => self.commands.push(kind, intended),
            Way::Connect => self.moving.is_none(),
            Way::Measured => false,
        };
        if taken {
            self.load.begun();
        }
        if kind.way() == Way::Connect && taken {
            self.moving = Some(intended);
        }
        taken
    }

    /// Into the journal and the outbox.
    fn begin_message(&mut self, intended: u64) -> bool {
        if self.outbox.is_full() {
            self.counters().shed.one();
            return false;
        }
        let Some(number) = self.conversation().map(|it| it.room().intend(self.place, intended)) else {
            return false;
        };
        self.outbox.push(number);
        for _ in 0..self.load.reads_due() {
            if !self.load.ask(Kind::History, self.user, intended) {
                self.load.meter.outcomes.skipped(Kind::History);
            }
        }
        true
    }

    /// When the next message is meant to be sent, if there is one more.
    fn next_due(&self, phase: Phase) -> Option<u64> {
        let Sending { start, end } = phase.sending()?;
        let due = u64::try_from(self.schedule.due()?.as_micros())
            .ok()?
            .saturating_add(start);
        (due < end).then_some(due)
    }
}
