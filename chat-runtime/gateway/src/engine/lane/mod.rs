//! The lane: a WebSocket's TCP connection, with a way for frames past the protocol library.
//!
//! The library reads from and writes to the lane as if it were the connection (see [`LaneIo`]). Frames of the chat are
//! encoded once and written straight to the socket by whoever sends them, without a channel, a task switch and another
//! copy. What the kernel does not take at once waits in a bounded [`Backlog`], and one task per slow reader, which
//! exists only as long as that backlog, writes it out or ends the socket when its reader stalls.

mod backlog;
mod gate;
mod library;
mod stream;
mod writing;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use bytes::Bytes;
use tokio::net::TcpStream;

pub use self::stream::LaneIo;
pub(super) use self::{
    backlog::{Backlog, Pushed},
    gate::FENCE,
};
use super::{Frame, shared::Shared};

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
