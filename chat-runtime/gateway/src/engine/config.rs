//! The engine's settings. The defaults are the ones that a gateway in production starts from.

use std::time::Duration;

use super::Frame;

/// Settings of the engine; `Config::default()` is complete but for the resync event and the allowed origins.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the protocol is served, with a slash at both ends.
    pub path: &'static str,
    /// Time between two pings to a client.
    pub ping_interval: Duration,
    /// How long a client may take to answer a ping.
    pub ping_timeout: Duration,
    /// How long a client may take from the handshake to a connected namespace, [`Chat::connect`](super::Chat::connect) included.
    pub connect_timeout: Duration,
    /// Largest message from a client in bytes: an HTTP body, a WebSocket message and a single frame of it.
    pub max_payload: usize,
    /// Sockets that may be open at once; the next handshake is answered with 503.
    pub max_sockets: usize,
    /// TCP connections that may be open at once, requests of the REST interface included; the next ones wait unaccepted.
    pub max_connections: usize,
    /// `Retry-After` of a handshake that is refused because the gateway is full or draining.
    pub retry_after: Duration,
    /// Bytes that may wait for one slow reader; past it, its droppable events give way to [`Config::resync`].
    pub max_backlog: usize,
    /// What a socket gets once it has caught up, in place of the events that were dropped.
    pub resync: Option<Frame>,
    /// How long a reader with a backlog may read nothing at all before its socket ends.
    pub stall_timeout: Duration,
    /// Events of one socket that may wait for the one being handled; past it, the client is read no further.
    pub max_pending_events: usize,
    /// How long [`Chat::event`](super::Chat::event) may take; past it, the event is given up without an answer.
    pub event_timeout: Duration,
    /// Origins whose pages may connect; `None` allows all. A browser of another origin is refused by a `connect_error`.
    pub allowed_origins: Option<Vec<String>>,
    /// How long a client may take to send a request's header, also between two requests.
    pub header_timeout: Duration,
    /// How long the open connections get to end after the shutdown.
    pub drain_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io/",
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(10),
            max_payload: 100_000,
            max_sockets: 100_000,
            max_connections: 110_000,
            retry_after: Duration::from_secs(5),
            max_backlog: 256 * 1024,
            resync: None,
            stall_timeout: Duration::from_secs(20),
            max_pending_events: 32,
            event_timeout: Duration::from_secs(30),
            allowed_origins: None,
            header_timeout: Duration::from_secs(15),
            drain_timeout: Duration::from_secs(10),
        }
    }
}
