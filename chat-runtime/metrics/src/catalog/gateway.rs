//! The gateway's.

use super::label::{METHOD, OUTCOME, ROUTE, SOURCE, STATUS};
use crate::descriptor::{Bounds, Counter, Gauge, Histogram};

/// The outcomes of [`SENDS`] that are the platform's fault and not its client's: those whose HTTP status is 5xx.
pub const FAULTS: [&str; 5] = ["QUARANTINED", "TIMEOUT", "UNAVAILABLE", "OVERLOADED", "INTERNAL"];

/// Seconds. From a cached answer to the request's deadline.
const LATENCY: Bounds = Bounds::Listed(&[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 15.0]);

/// Seconds. From a message that waits for nobody to one that waited for a worker to come back.
const ON_THE_WAY: Bounds = Bounds::Listed(&[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0]);

/// Requests over HTTP.
pub const HTTP_REQUEST_DURATION: Histogram = Histogram::new(
    "talkline_gateway_http_request_duration_seconds",
    "Requests over HTTP, by route template and class of status, and how long they took",
    LATENCY,
)
.seconds()
.by(&[METHOD, ROUTE, STATUS]);

/// Logins.
pub const LOGINS: Counter = Counter::new(
    "talkline_gateway_logins_total",
    "Registrations, logins and refreshes, by outcome",
)
.by(&[OUTCOME]);

/// Messages that clients asked to send.
pub const SENDS: Counter = Counter::new(
    "talkline_gateway_sends_total",
    "Messages that clients asked to send, over REST or a socket, by outcome; ok is accepted by the log",
)
.by(&[OUTCOME]);

/// How long messages are on their way.
pub const DELIVERY: Histogram = Histogram::new(
    "talkline_gateway_delivery_seconds",
    "From a message's acceptance by any gateway, by its clock, to the sockets of this one: once a message, and live only",
    ON_THE_WAY,
)
.seconds();

/// Who knew who is in a conversation.
pub const MEMBERSHIPS: Counter = Counter::new(
    "talkline_gateway_memberships_total",
    "Questions of who is in a conversation, by who knew: memory (this gateway's), shared (what gateways share) or store",
)
.by(&[SOURCE]);

/// The gateway's own memory of newest messages.
pub const HISTORY_MEMORY: Counter = Counter::new(
    "talkline_gateway_history_memory_total",
    "Looks for a conversation's newest messages in this gateway's memory: hit, behind (the shared cache did not confirm it) or miss",
)
.by(&[OUTCOME]);

/// The cache of newest messages that gateways share.
pub const HISTORY_SHARED: Counter = Counter::new(
    "talkline_gateway_history_shared_total",
    "Looks in the cache that gateways share: hit, miss, stale (behind what this gateway had heard) or failed",
)
.by(&[OUTCOME]);

/// What was brought to that cache.
pub const HISTORY_FILLS: Counter = Counter::new(
    "talkline_gateway_history_fills_total",
    "Newest messages read from the store and brought to the shared cache: kept, overtaken by a worker, or failed",
)
.by(&[OUTCOME]);

/// Pages of history.
pub const HISTORY_PAGES: Counter = Counter::new(
    "talkline_gateway_history_pages_total",
    "Pages asked for: within the newest messages, or beyond, which the store answers",
)
.by(&[OUTCOME]);

/// Passwords that wait.
pub const PASSWORD_HASHES_PENDING: Gauge = Gauge::new(
    "talkline_gateway_password_hashes_pending",
    "Passwords being hashed or waiting for it",
);

/// Connections.
pub const CONNECTIONS_OPEN: Gauge = Gauge::new(
    "talkline_gateway_connections_open",
    "TCP connections that are open, of any kind",
);

/// Sockets.
pub const SOCKETS_OPEN: Gauge = Gauge::new("talkline_gateway_sockets_open", "Engine.IO sessions that are open");

/// Whether it goes away.
pub const DRAINING: Gauge = Gauge::new(
    "talkline_gateway_draining",
    "1 while the gateway refuses new sockets and gives its own away, else 0",
);

/// The age of the signing key.
pub const SIGNING_KEY_MADE: Gauge = Gauge::new(
    "talkline_gateway_signing_key_made_timestamp_seconds",
    "When the key that signs access tokens was made, since 1970; 0 where its file does not say",
)
.seconds();

/// What waits for slow readers.
pub const SOCKET_BACKLOG: Gauge = Gauge::new(
    "talkline_gateway_socket_backlog_bytes",
    "What waits for slow readers, over all sockets",
)
.bytes();

/// Bytes to sockets.
pub const SOCKET_SENT: Counter =
    Counter::new("talkline_gateway_socket_sent_bytes_total", "Written to WebSockets").bytes();

/// Writes to sockets.
pub const SOCKET_WRITES: Counter = Counter::new("talkline_gateway_socket_writes_total", "Writes to WebSockets");

/// Frames to sockets.
pub const SOCKET_FRAMES: Counter = Counter::new("talkline_gateway_socket_frames_total", "Frames handed to sockets");

/// Backlogs that were given up.
pub const SOCKET_RESYNCS: Counter = Counter::new(
    "talkline_gateway_socket_resyncs_total",
    "Backlogs that gave way to one resync event",
);

/// Sockets that did not read.
pub const SOCKETS_STALLED: Counter = Counter::new(
    "talkline_gateway_sockets_stalled_total",
    "Sockets ended because they did not read",
);

/// Handshakes that were refused.
pub const HANDSHAKES_REFUSED: Counter = Counter::new(
    "talkline_gateway_handshakes_refused_total",
    "Handshakes refused: full or draining",
);

/// Defects.
pub const SOCKET_HANDLER_PANICS: Counter = Counter::new(
    "talkline_gateway_socket_handler_panics_total",
    "Handlers of socket events that panicked",
);
