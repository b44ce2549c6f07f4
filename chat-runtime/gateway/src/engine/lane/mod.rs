//! The lane: a WebSocket's TCP connection, with a way for frames past the protocol library.
//!
//! The library reads from and writes to the lane as if it were the connection (see [`LaneIo`]). Frames of the chat are
//! encoded once and written straight to the socket by whoever sends them, without a channel, a task switch and another
//! copy. What the kernel does not take at once waits in a bounded [`Backlog`], and one task per slow reader, which
//! exists only as long as that backlog, writes it out or ends the socket when its reader stalls.

mod backlog;
mod gate;
mod stream;

use std::{
    io::{self, IoSlice},
    net::Shutdown,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use tokio::net::TcpStream;

use self::gate::Verdict;
pub use self::stream::LaneIo;
pub(super) use self::{
    backlog::{Backlog, Pushed},
    gate::FENCE,
};
use super::{Frame, shared::Shared};

/// Frames that one system call takes at most.
const MAX_SLICES: usize = 64;

/// A close frame that says "going away" (1001): an end of the transport, after which clients reconnect.
const GOING_AWAY: [u8; 4] = [0x88, 2, 0x03, 0xE9];

/// See the module.
pub(super) struct Lane {
    stream: TcpStream,
    state: Mutex<State>,
    shared: Arc<Shared>,
}

struct State {
    phase: Phase,
    backlog: Backlog,
    /// A task is writing the backlog out.
    flushing: bool,
    /// The library's frames are still looked at.
    gated: bool,
    /// The library's first ping is still to come; until then the client is not read, so that the answer comes first.
    fresh: bool,
    /// The first ping's answer is to be read by the library next.
    pong_due: bool,
    /// The chat is behind with this client's events.
    paused: bool,
    /// Whom to wake when the connection becomes readable for another reason than data.
    reader: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Reads as ended; what is in the backlog still goes out.
    Closing,
    Closed,
}

/// What the library may read now.
enum Admission {
    Data,
    Pong,
    Nothing,
    End,
}

/// What came by in the library's output.
#[derive(Default)]
struct Sightings {
    probe: bool,
    fence: bool,
}

impl Lane {
    /// A lane over `stream`; `fresh` if the library is going to open a new session on it, not to upgrade one.
    pub(super) fn new(stream: TcpStream, fresh: bool, shared: Arc<Shared>) -> Self {
        let state = State {
            phase: Phase::Open,
            backlog: Backlog::default(),
            flushing: false,
            gated: true,
            fresh,
            pong_due: false,
            paused: false,
            reader: None,
        };
        Self {
            stream,
            state: Mutex::new(state),
            shared,
        }
    }

    /// Sends `frame`, right now if nothing waits before it.
    pub(super) fn send(self: &Arc<Self>, frame: &Frame) {
        let mut state = self.state();
        if state.phase == Phase::Open {
            self.write(&mut state, frame.wire(), || frame.clone());
        }
    }

    /// Queues `frame` without writing it; [`Lane::flush`] has to follow if this answers true.
    pub(super) fn stage(self: &Arc<Self>, frame: &Frame) -> bool {
        let mut state = self.state();
        if state.phase != Phase::Open {
            return false;
        }
        // A burst can be larger than what may wait; only what the kernel does not take counts as waiting.
        if !state.flushing && state.backlog.bytes() + frame.wire().len() > self.shared.config.max_backlog / 2 {
            self.drain(&mut state);
        }
        let first = state.backlog.is_empty();
        self.enqueue(&mut state, frame.clone());
        first && !state.flushing
    }

    /// Writes what waits.
    pub(super) fn flush(self: &Arc<Self>) {
        let mut state = self.state();
        if !state.flushing {
            self.drain(&mut state);
        }
    }

    /// Ends the connection once its backlog is out: a close frame, then the end of the stream.
    pub(super) fn close(self: &Arc<Self>) {
        let mut state = self.state();
        if state.phase != Phase::Open {
            return;
        }
        self.enqueue(&mut state, Frame::library(Bytes::from_static(&GOING_AWAY)));
        self.begin_close(&mut state);
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().phase == Phase::Open
    }

    /// Reads the client no further while `paused`.
    pub(super) fn pause(&self, paused: bool) {
        let mut state = self.state();
        state.paused = paused;
        if !paused {
            wake(&mut state);
        }
    }

    /// The reading end is gone: what waits may still go out, nothing new.
    fn end(self: &Arc<Self>) {
        let mut state = self.state();
        if state.phase == Phase::Open {
            self.begin_close(&mut state);
        }
    }

    fn begin_close(self: &Arc<Self>, state: &mut State) {
        if state.phase == Phase::Closed {
            return;
        }
        state.phase = Phase::Closing;
        wake(state);
        if !state.flushing {
            self.drain(state);
        }
    }

    /// Writes `bytes` as far as the kernel takes them, if nothing waits before them; the rest of `frame`, which has
    /// those bytes, waits.
    fn write(self: &Arc<Self>, state: &mut State, bytes: &[u8], frame: impl FnOnce() -> Frame) {
        let mut written = 0;
        if state.backlog.is_empty() && !state.flushing {
            match self.stream.try_write(bytes) {
                Ok(count) => {
                    self.count(count);
                    written = count;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return self.abort(state),
            }
        }
        match written {
            0 => self.enqueue(state, frame()),
            all if all == bytes.len() => return,
            some => {
                state.backlog.begin(frame(), some);
                self.shared.account(0, state.backlog.bytes());
            }
        }
        if !state.flushing {
            self.drain(state);
        }
    }

    fn enqueue(self: &Arc<Self>, state: &mut State, frame: Frame) {
        let before = state.backlog.bytes();
        let pushed = state.backlog.push(frame, self.shared.config.max_backlog);
        self.shared.account(before, state.backlog.bytes());
        match pushed {
            Pushed::Queued | Pushed::Dropped => {}
            Pushed::Overflowed => self.shared.metrics.resyncs.add(1),
            Pushed::Full => {
                self.shared.metrics.stalled.add(1);
                self.abort(state);
            }
        }
    }

    /// Writes until everything is out or the kernel takes no more.
    fn drain(self: &Arc<Self>, state: &mut State) {
        match self.write_out(state) {
            Ok(true) => {}
            Ok(false) => {
                state.flushing = true;
                let lane = self.clone();
                self.shared.tasks.spawn(async move { lane.write_slowly().await });
            }
            Err(_) => self.abort(state),
        }
    }

    /// Answers whether everything is out.
    fn write_out(&self, state: &mut State) -> io::Result<bool> {
        loop {
            if state.backlog.take_resync()
                && let Some(resync) = &self.shared.config.resync
            {
                state.backlog.push(resync.clone(), usize::MAX);
                self.shared.account(0, state.backlog.bytes());
            }
            if state.backlog.is_empty() {
                if state.phase == Phase::Closing {
                    state.phase = Phase::Closed;
                    // A connection that the other side has ended already cannot be shut down any more; that is fine.
                    let _ = socket2::SockRef::from(&self.stream).shutdown(Shutdown::Write);
                }
                return Ok(true);
            }
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let filled = state.backlog.slices(&mut slices);
            match self.stream.try_write_vectored(&slices[..filled]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.consume(state, count);
                    self.count(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }

    fn consume(&self, state: &mut State, count: usize) {
        let before = state.backlog.bytes();
        state.backlog.consume(count);
        self.shared.account(before, state.backlog.bytes());
    }

    fn count(&self, written: usize) {
        self.shared.metrics.sent_bytes.add(written);
        self.shared.metrics.writes.add(1);
    }

    /// Writes the backlog of a slow reader as it reads, and gives it up when it reads nothing for too long.
    async fn write_slowly(self: Arc<Self>) {
        loop {
            let writable = tokio::time::timeout(self.shared.config.stall_timeout, self.stream.writable()).await;
            let mut state = self.state();
            if state.phase == Phase::Closed {
                return;
            }
            match writable {
                Ok(Ok(())) => match self.write_out(&mut state) {
                    Ok(true) => {
                        state.flushing = false;
                        return;
                    }
                    Ok(false) => {}
                    Err(_) => return self.abort(&mut state),
                },
                Ok(Err(_)) => return self.abort(&mut state),
                Err(_) => {
                    self.shared.metrics.stalled.add(1);
                    return self.abort(&mut state);
                }
            }
        }
    }

    /// Ends the connection at once, with whatever still waited.
    fn abort(&self, state: &mut State) {
        state.phase = Phase::Closed;
        self.shared.account(state.backlog.bytes(), 0);
        state.backlog.clear();
        wake(state);
        // A connection that the other side has ended already cannot be shut down any more; that is fine.
        let _ = socket2::SockRef::from(&self.stream).shutdown(Shutdown::Both);
    }

    /// Takes what the library writes.
    fn write_through(self: &Arc<Self>, written: &[u8]) -> Sightings {
        let mut state = self.state();
        let mut seen = Sightings::default();
        let mut rest = written;
        while state.gated
            && let Some((frame, payload, next)) = gate::split_frame(rest)
        {
            self.judge(&mut state, frame, payload, &mut seen);
            rest = next;
        }
        self.pass(&mut state, rest);
        seen
    }

    fn judge(self: &Arc<Self>, state: &mut State, frame: &[u8], payload: &[u8], seen: &mut Sightings) {
        match gate::judge(payload, state.fresh) {
            Verdict::Pass => self.pass(state, frame),
            Verdict::EarlyPing => {
                state.fresh = false;
                state.pong_due = true;
                wake(state);
            }
            Verdict::Probe => {
                seen.probe = true;
                self.pass(state, frame);
            }
            Verdict::Fence => {
                seen.fence = true;
                state.gated = false;
            }
        }
    }

    /// Sends what the library wrote.
    fn pass(self: &Arc<Self>, state: &mut State, bytes: &[u8]) {
        if state.phase == Phase::Open && !bytes.is_empty() {
            self.write(state, bytes, || Frame::library(Bytes::copy_from_slice(bytes)));
        }
    }

    /// What may be read now; remembers whom to wake for anything but data.
    fn admit(&self, context: &Context<'_>) -> Admission {
        let mut state = self.state();
        if state.phase != Phase::Open {
            return Admission::End;
        }
        if std::mem::take(&mut state.pong_due) {
            return Admission::Pong;
        }
        match &mut state.reader {
            Some(reader) => reader.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        if state.fresh || state.paused {
            Admission::Nothing
        } else {
            Admission::Data
        }
    }

    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_read_ready(context)
    }

    /// The state stays sound at every step, so a panic elsewhere in its owner's thread is no reason to give it up.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(state: &mut State) {
    if let Some(reader) = state.reader.take() {
        reader.wake();
    }
}
