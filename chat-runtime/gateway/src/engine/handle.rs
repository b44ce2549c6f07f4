//! How the chat reaches connected sockets: one by one, or many in one burst.

use std::{hash, sync::Arc};

use super::{Frame, lane::Lane, session::Session};

/// A connected socket. Cheap to clone; equal and hashed by socket. Drop it once the socket is disconnected.
#[derive(Clone)]
pub struct Handle(Arc<Session>);

impl Handle {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self(session)
    }

    /// A number that no other socket of this process has.
    pub fn id(&self) -> u64 {
        self.0.id()
    }

    /// Sends `frame`: to a WebSocket that can take it, before this returns. Never blocks and never fails: what a slow
    /// reader cannot take waits in its bounded backlog, what a closed socket is sent is lost.
    pub fn emit(&self, frame: &Frame) {
        if let Some(lane) = self.0.route(frame) {
            lane.send(frame);
        }
    }

    /// Ends the socket by closing its transport, without a disconnect packet, so that the client reconnects by itself.
    /// What was sent before still goes out if the client reads it; no event of it is handled any more.
    pub fn close(&self) {
        self.0.close();
    }

    /// Whether the socket can still be sent to.
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Handle {}

impl hash::Hash for Handle {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Handle").field(&self.id()).finish()
    }
}

/// Frames for many sockets that go out together: each socket is written to once, with everything that it got.
///
/// The system call is most of a delivery's cost, so the fewer of them the better: collect a whole batch of events, for
/// whatever sockets, in one burst. It is written when it is flushed or dropped.
#[derive(Default)]
pub struct Burst {
    /// The WebSockets with something new to write, each once.
    touched: Vec<Arc<Lane>>,
}

impl Burst {
    /// An empty burst.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `frame` for one socket.
    pub fn push(&mut self, handle: &Handle, frame: &Frame) {
        self.touched
            .extend(handle.0.route(frame).filter(|lane| lane.stage(frame)).cloned());
    }

    /// Writes what was collected.
    pub fn flush(&mut self) {
        for lane in self.touched.drain(..) {
            lane.flush();
        }
    }
}

impl Drop for Burst {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Sends `frame` to every one of `handles`.
pub fn deliver<'a>(handles: impl IntoIterator<Item = &'a Handle>, frame: &Frame) {
    for handle in handles {
        handle.emit(frame);
    }
}

/// Sends pairs of socket and frame with one write for each socket.
pub fn deliver_many<'a>(frames: impl IntoIterator<Item = (&'a Handle, &'a Frame)>) {
    let mut burst = Burst::new();
    for (handle, frame) in frames {
        burst.push(handle, frame);
    }
}
