//! The socket engine: Socket.IO clients on one side, a [`Chat`] on the other.
//!
//! The protocol itself is socketioxide's. It stands behind this module, which owns what decides over a gateway's cost
//! and health: accepting, handshakes, the bytes on the wire, broadcast, limits and the end of connections. Nothing of
//! the library shows in the module's interface, so that it can be tuned or replaced here alone.
//!
//! - [`Server`] listens, and gives each request to the REST router or to an [`Engine`].
//! - `transport` does handshakes and long-polling; a WebSocket's connection is taken past hyper.
//! - `lane` is such a connection: encoded frames go straight to it, past the library.
//! - `session` decides which way a frame goes, over the transports of a session's life.
//! - `namespace` and `connection` bind the library's sockets to the [`Chat`].
//! - [`Handle`], [`Burst`] and [`Frame`] are how the chat sends.
//!
//! What the chat means, who may do what, and which sockets are in which conversation does not belong here.

mod chat;
mod config;
mod connection;
mod frame;
mod handle;
mod lane;
mod metrics;
mod namespace;
mod refusal;
mod server;
mod session;
mod shared;
pub mod transport;

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;

pub use self::{
    chat::{Chat, Event, Peer},
    config::Config,
    frame::Frame,
    handle::{Burst, Handle, deliver, deliver_many},
    metrics::{Counter, Gauge, Metrics},
    refusal::Refusal,
    server::Server,
};
use self::{
    shared::Shared,
    transport::{Protocol, Transport},
};

/// Packets that the library's channel of each socket holds. The channel's memory is one block of 32 in any case.
const CHANNEL_CAPACITY: usize = 64;

/// A socket engine; a clone is the same engine.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    mount: Arc<dyn Mount>,
}

impl Engine {
    /// An engine that serves `chat`.
    pub fn new<C: Chat>(chat: C, config: Config) -> Self {
        let protocol = namespace::serve(chat, &config);
        Self::with_protocol(protocol, config)
    }

    /// An engine that serves any protocol over Engine.IO, with this module's transport. Of `config`, what concerns the
    /// protocol itself (ping times, the largest payload) is the protocol's own to set.
    pub fn with_protocol<P: Protocol>(protocol: P, config: Config) -> Self {
        let shared = Arc::new(Shared::new(config));
        Self {
            mount: Arc::new(Transport::new(protocol, shared.clone())),
            shared,
        }
    }

    /// What the engine counts.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.shared.metrics
    }

    /// Refuses new sockets from now on, with 503 and `Retry-After`; the open ones stay until the server's shutdown.
    pub fn drain(&self) {
        self.shared.drain();
    }

    fn config(&self) -> &Config {
        &self.shared.config
    }

    fn serves(&self, path: &str) -> bool {
        self.mount.serves(path)
    }

    async fn answer(&self, request: Request<Incoming>, addr: SocketAddr) -> Response<Body> {
        self.mount.answer(request, addr).await
    }

    /// Ends every socket, and refuses new ones.
    fn end(&self) {
        self.shared.drain();
        for session in self.shared.all() {
            session.close();
        }
        self.shared.tasks.close();
    }

    /// Waits until everything that the engine started has ended.
    async fn ended(&self) {
        self.shared.tasks.wait().await;
    }
}

/// A [`Transport`] of whatever protocol.
trait Mount: Send + Sync {
    fn serves(&self, path: &str) -> bool;

    fn answer(
        &self,
        request: Request<Incoming>,
        addr: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = Response<Body>> + Send + '_>>;
}

impl<P: Protocol> Mount for Transport<P> {
    fn serves(&self, path: &str) -> bool {
        Transport::serves(self, path)
    }

    fn answer(
        &self,
        request: Request<Incoming>,
        addr: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = Response<Body>> + Send + '_>> {
        Box::pin(Transport::answer(self, request, addr))
    }
}
