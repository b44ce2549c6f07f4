//! The lane's way out: straight to the connection, or through the backlog when its reader is slow.

use std::{
    io::{self, IoSlice},
    net::Shutdown,
    sync::Arc,
};

use super::{Lane, Phase, Pushed, State, wake};
use crate::engine::Frame;

/// Frames that one system call takes at most.
const MAX_SLICES: usize = 64;

impl Lane {
    /// Writes `bytes` as far as the kernel takes them, if nothing waits before them; the rest of `frame`, which has
    /// those bytes, waits.
    pub(super) fn write(self: &Arc<Self>, state: &mut State, bytes: &[u8], frame: impl FnOnce() -> Frame) {
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

    pub(super) fn enqueue(self: &Arc<Self>, state: &mut State, frame: Frame) {
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
    pub(super) fn drain(self: &Arc<Self>, state: &mut State) {
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
    pub(super) fn abort(&self, state: &mut State) {
        state.phase = Phase::Closed;
        self.shared.account(state.backlog.bytes(), 0);
        state.backlog.clear();
        wake(state);
        // A connection that the other side has ended already cannot be shut down any more; that is fine.
        let _ = socket2::SockRef::from(&self.stream).shutdown(Shutdown::Both);
    }
}
