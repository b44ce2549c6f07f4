//! The lane's other end: what the protocol library writes to and reads from it.

use std::{
    io,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;

use super::{
    Lane, Phase, State,
    gate::{self, Verdict},
    wake,
};
use crate::engine::Frame;

/// What the library may read now.
pub(super) enum Admission {
    Data,
    Pong,
    Nothing,
    End,
}

/// What came by in the library's output.
#[derive(Default)]
pub(super) struct Sightings {
    pub(super) probe: bool,
    pub(super) fence: bool,
}

impl Lane {
    /// Takes what the library writes.
    pub(super) fn write_through(self: &Arc<Self>, written: &[u8]) -> Sightings {
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
    pub(super) fn admit(&self, context: &Context<'_>) -> Admission {
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

    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_read_ready(context)
    }
}
