//! An Engine.IO session and the way of a frame to its client, which changes over the session's life.
//!
//! A WebSocket session's frames wait until the protocol library has written everything that comes before them (the
//! namespace's connect packet), which the fence tells (see [`FENCE`]); from then on they go straight to the [`Lane`].
//! A long-polling session's frames wait here and are handed to the library in portions, one for each poll of the
//! client. When it upgrades to WebSocket, the fence follows the last portion, and the rest goes to the lane.

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use serde_json::value::RawValue;
use socketioxide::{
    extract::AckSender,
    handler::{FromMessageParts, Value},
    socket::Socket,
};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Frame, Metrics, Peer,
    frame::Packet,
    lane::{Backlog, FENCE, Lane, Pushed},
    shared::Shared,
};

/// Packets that the library gets for one poll. python-engineio gives up on an answer of more than 16 packets. An answer
/// can hold two portions, since what came after the last answer still counts for the poll before, and beside them the
/// namespace's connect packet and a ping. The library also drops the session when its channel (of
/// [`super::CHANNEL_CAPACITY`]) is full when it wants to ping, so this leaves room.
const PACKETS_PER_POLL: usize = 7;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// See the module.
pub(super) struct Session {
    id: u64,
    coming: Mutex<Coming>,
    origin_allowed: bool,
    /// The library's id, if the session began with long-polling.
    sid: OnceLock<Box<str>>,
    /// The connection, once frames may go straight to it.
    direct: OnceLock<Arc<Lane>>,
    outbox: Mutex<Outbox>,
    closed: AtomicBool,
    /// The session was asked to upgrade to WebSocket.
    upgrading: AtomicBool,
    /// The socket's place among those that may be open, until it is gone; the chat may keep handles for longer.
    place: Mutex<Option<Place>>,
    shared: Arc<Shared>,
}

/// What is needed until the namespace is connected, and costs nothing afterwards.
#[derive(Default)]
struct Coming {
    /// Where the handshake came from.
    peer: Option<Box<Peer>>,
    /// What the chat has accepted. Weak, since it owns the session.
    accepted: Option<Weak<dyn Accepted>>,
}

/// A connection that the chat has accepted, and that is to learn when it is connected.
pub(super) trait Accepted: Send + Sync {
    fn connected(&self);
}

/// A socket that counts as open.
struct Place {
    metrics: Arc<Metrics>,
    _permit: OwnedSemaphorePermit,
}

/// The way of frames as long as there is no direct one.
#[derive(Default)]
struct Outbox {
    waiting: Backlog,
    /// The connected namespace. Weak, since the library's socket owns the session.
    socket: Option<Weak<Socket>>,
    /// The session's WebSocket, if it has one.
    lane: Option<Arc<Lane>>,
    fence: Fence,
    /// Packets that the library may still be given for this poll.
    credit: usize,
}

#[derive(Default, PartialEq, Eq)]
enum Fence {
    #[default]
    NotYet,
    Due,
    Sent,
}

impl Session {
    pub(super) fn new(
        peer: Peer,
        origin_allowed: bool,
        shared: Arc<Shared>,
        permit: OwnedSemaphorePermit,
    ) -> Arc<Self> {
        let place = Place::take(shared.metrics.clone(), permit);
        let session = Arc::new(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            coming: Mutex::new(Coming {
                peer: Some(Box::new(peer)),
                accepted: None,
            }),
            origin_allowed,
            sid: OnceLock::new(),
            direct: OnceLock::new(),
            outbox: Mutex::default(),
            closed: AtomicBool::new(false),
            upgrading: AtomicBool::new(false),
            place: Mutex::new(Some(place)),
            shared,
        });
        session.shared.enlist(&session);
        session
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(super) fn origin_allowed(&self) -> bool {
        self.origin_allowed
    }

    pub(super) fn peer(&self) -> Option<Peer> {
        self.coming().peer.as_deref().cloned()
    }

    /// The chat has accepted this connection, which learns of it when it is connected.
    pub(super) fn accepted(&self, connection: Weak<dyn Accepted>) {
        self.coming().accepted = Some(connection);
    }

    /// The session began with long-polling, under the library's id `sid`. One that was closed before it had begun
    /// (by a shutdown) ends here.
    pub(super) fn polls_as(self: &Arc<Self>, sid: &str) {
        let outbox = self.outbox();
        if self.sid.set(sid.into()).is_ok() {
            self.shared.enlist_polling(sid, self);
        }
        drop(outbox);
        if self.closed.load(Ordering::Relaxed) {
            self.shared.end_polling(sid);
        }
    }

    /// The session began on `lane`. One that was closed before it had begun (by a shutdown) ends here.
    pub(super) fn runs_on(&self, lane: &Arc<Lane>) {
        self.outbox().lane = Some(lane.clone());
        if self.closed.load(Ordering::Relaxed) {
            lane.close();
        }
    }

    /// Whether this is the first upgrade that is tried.
    pub(super) fn begin_upgrade(&self) -> bool {
        !self.upgrading.swap(true, Ordering::Relaxed)
    }

    /// The lane that `frame` goes to, if there is a direct way; otherwise the frame waits here.
    pub(super) fn route(&self, frame: &Frame) -> Option<&Arc<Lane>> {
        self.shared.metrics.frames.add(1);
        if self.direct.get().is_none() && !self.wait(frame) {
            return None;
        }
        self.direct.get()
    }

    /// Queues `frame` as long as there is no direct way; answers whether there is one by now.
    fn wait(&self, frame: &Frame) -> bool {
        let mut outbox = self.outbox();
        if self.direct.get().is_some() {
            return true;
        }
        if self.closed.load(Ordering::Relaxed) {
            return false;
        }
        let before = outbox.waiting.bytes();
        let pushed = outbox.waiting.push(frame.clone(), self.shared.config.max_backlog);
        self.shared.account(before, outbox.waiting.bytes());
        match pushed {
            Pushed::Queued | Pushed::Dropped => {}
            Pushed::Overflowed => self.shared.metrics.resyncs.add(1),
            Pushed::Full => {
                self.shared.metrics.stalled.add(1);
                drop(outbox);
                self.close();
                return false;
            }
        }
        self.hand_over(&mut outbox);
        false
    }

    /// The chat's namespace is connected; its connect packet is queued in the library. Answers whom to tell.
    pub(super) fn connected(&self, socket: &Arc<Socket>) -> Option<Arc<dyn Accepted>> {
        let Coming { accepted, .. } = std::mem::take(&mut *self.coming());
        let mut outbox = self.outbox();
        outbox.socket = Some(Arc::downgrade(socket));
        if outbox.lane.is_some() {
            outbox.fence = Fence::Due;
        }
        self.hand_over(&mut outbox);
        accepted?.upgrade()
    }

    /// The session is being upgraded to the WebSocket `lane`.
    pub(super) fn probed(&self, lane: &Arc<Lane>) {
        let mut outbox = self.outbox();
        outbox.lane = Some(lane.clone());
        if outbox.socket.is_some() {
            outbox.fence = Fence::Due;
        }
        self.hand_over(&mut outbox);
    }

    /// The fence went by on `lane`: everything that waits goes there now, and so does everything from now on.
    pub(super) fn opened(&self, lane: &Arc<Lane>) {
        let mut outbox = self.outbox();
        self.shared.account(outbox.waiting.bytes(), 0);
        while let Some(frame) = outbox.waiting.pop() {
            lane.stage(&frame);
        }
        if outbox.waiting.take_resync()
            && let Some(resync) = &self.shared.config.resync
        {
            lane.stage(resync);
        }
        let _ = self.direct.set(lane.clone());
        drop(outbox);
        lane.flush();
    }

    /// The client polls: the library may get the next portion.
    pub(super) fn polled(&self) {
        let mut outbox = self.outbox();
        outbox.credit = PACKETS_PER_POLL;
        self.hand_over(&mut outbox);
        if outbox.waiting.take_resync()
            && let Some(resync) = &self.shared.config.resync
        {
            outbox.waiting.push(resync.clone(), usize::MAX);
            self.shared.account(0, outbox.waiting.bytes());
            self.hand_over(&mut outbox);
        }
    }

    /// The client went away from a poll. If it is about to have a WebSocket, that decides.
    pub(super) fn poll_cancelled(&self) {
        if self.outbox().lane.is_none() {
            self.close();
        }
    }

    /// The library has written: it may have room again.
    pub(super) fn pump(&self) {
        if self.direct.get().is_none() {
            self.hand_over(&mut self.outbox());
        }
    }

    /// Gives the library what it may get.
    fn hand_over(&self, outbox: &mut Outbox) {
        let Some(socket) = outbox.socket.as_ref().and_then(Weak::upgrade) else {
            return;
        };
        if outbox.fence == Fence::Due && socket.emit(FENCE, &()).is_ok() {
            outbox.fence = Fence::Sent;
        }
        if outbox.lane.is_some() {
            return;
        }
        let before = outbox.waiting.bytes();
        while outbox.credit > 0
            && let Some(frame) = outbox.waiting.front()
            && emit(&socket, frame)
        {
            outbox.credit -= 1;
            outbox.waiting.pop();
        }
        self.shared.account(before, outbox.waiting.bytes());
    }

    /// Ends the session by ending its transport.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        // The lock orders this with a session that is just beginning: either its transport is here, or it sees `closed`.
        let outbox = self.outbox();
        let (lane, sid) = (outbox.lane.clone(), self.sid.get());
        drop(outbox);
        match (lane, sid) {
            (Some(lane), _) => lane.close(),
            (None, Some(sid)) => self.shared.end_polling(sid),
            (None, None) => {}
        }
    }

    /// The library is done with the session.
    pub(super) fn disconnected(&self) {
        self.close();
        let mut outbox = self.outbox();
        self.shared.account(outbox.waiting.bytes(), 0);
        outbox.waiting.clear();
        outbox.socket = None;
        drop(outbox);
        self.leave_place();
    }

    /// The library let go of the session's WebSocket. If that was an upgrade that did not come about, the library
    /// would keep the session for ever, neither polled nor pinged; and if nothing was ever connected over it, for the
    /// rest of the connect timeout.
    pub(super) fn lane_ended(&self) {
        match self.sid.get() {
            Some(sid) if self.direct.get().is_none() => self.shared.end_polling(sid),
            Some(_) => {}
            None => self.leave_place(),
        }
    }

    fn leave_place(&self) {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(super) fn is_open(&self) -> bool {
        !self.closed.load(Ordering::Relaxed) && self.direct.get().is_none_or(|lane| lane.is_open())
    }

    /// Reads the client no further while `paused`; long-polling has a bound on each request instead.
    pub(super) fn pause(&self, paused: bool) {
        if let Some(lane) = &self.outbox().lane {
            lane.pause(paused);
        }
    }

    fn coming(&self) -> MutexGuard<'_, Coming> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.account(self.outbox().waiting.bytes(), 0);
        self.shared.strike_out(self.id, self.sid.get().map(AsRef::as_ref));
    }
}

impl Place {
    fn take(metrics: Arc<Metrics>, permit: OwnedSemaphorePermit) -> Self {
        metrics.sockets_open.add(1);
        Self {
            metrics,
            _permit: permit,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.sockets_open.sub(1);
    }
}

/// Gives `frame` to the library; answers whether it took it.
fn emit(socket: &Arc<Socket>, frame: &Frame) -> bool {
    match frame.packet() {
        Packet::Event { name, payload } => raw(payload).is_some_and(|payload| socket.emit(name, payload).is_ok()),
        Packet::Ack { id, payload } => {
            // The extractor is the library's only way to an acknowledgement; it looks at nothing but the id.
            let Ok(sender) = AckSender::from_message_parts(socket, &mut Value::Bytes(Default::default()), &Some(id));
            raw(payload).is_some_and(|payload| sender.send(payload).is_ok())
        }
        Packet::Library => true,
    }
}

fn raw(json: &str) -> Option<&RawValue> {
    serde_json::from_str(json).ok()
}
