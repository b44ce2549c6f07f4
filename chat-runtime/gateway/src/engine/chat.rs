//! What the engine asks of the chat that it serves.

use std::{borrow::Cow, future::Future, net::SocketAddr, sync::Arc};

use serde_json::value::RawValue;

use super::{Handle, Refusal};

/// The chat behind the sockets.
///
/// For each socket the engine calls [`connect`](Chat::connect) once; if that accepts, [`connected`](Chat::connected)
/// once, then [`event`](Chat::event) for one event after the other in the order in which the client sent them, and
/// [`disconnected`](Chat::disconnected) exactly once, possibly while the last `event` is still running. Calls for
/// different sockets run at the same time. A panic in any of them ends that one socket.
pub trait Chat: Send + Sync + 'static {
    /// What the chat knows of a connected socket: who it is, until when. Shared by the calls of that socket.
    type Session: Send + Sync + 'static;

    /// Decides who is connecting. `auth` is the client's handshake payload, `{}` if it sent none.
    ///
    /// # Errors
    /// A [`Refusal`]; its code is the `message` of the client's `connect_error`.
    fn connect(&self, auth: &RawValue, peer: &Peer) -> impl Future<Output = Result<Self::Session, Refusal>> + Send;

    /// The socket is connected; what is sent over `handle` from here on arrives after the client's `connect`.
    /// Must not block.
    fn connected(&self, session: &Arc<Self::Session>, handle: &Handle);

    /// Handles an event. The answer, if there is one, acknowledges the event if the client asked for that.
    fn event(
        &self,
        session: &Arc<Self::Session>,
        handle: &Handle,
        event: Event<'_>,
    ) -> impl Future<Output = Option<Box<RawValue>>> + Send;

    /// The socket is gone, whatever ended it. Must not block.
    fn disconnected(&self, session: &Arc<Self::Session>, handle: &Handle);
}

/// An event from a client.
#[derive(Debug)]
pub struct Event<'a> {
    /// Its name, as the client wrote it.
    pub name: Cow<'a, str>,
    /// Its first argument as JSON, valid but otherwise unchecked; `null` if it has none. Further ones are ignored.
    pub payload: &'a RawValue,
    /// Whether the client waits for an acknowledgement.
    pub wants_ack: bool,
}

/// Where a handshake came from.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The other end of the TCP connection; behind a proxy, the proxy.
    pub addr: SocketAddr,
    /// `X-Forwarded-For` as it came, unchecked: it means something only if `addr` is a trusted proxy.
    pub forwarded_for: Option<Box<str>>,
    /// `User-Agent`.
    pub user_agent: Option<Box<str>>,
}
