//! Of Redis' client.

use super::label::OPERATION;
use crate::descriptor::{Bounds, Counter, Gauge, Histogram};

/// Calls.
pub const CALL: Histogram = Histogram::new(
    "talkline_redis_call_seconds",
    "Calls, by operation",
    Bounds::Exponential {
        first: 0.000_1,
        factor: 2.0,
        count: 13,
    },
)
.seconds()
.by(&[OPERATION]);

/// Calls that failed.
pub const FAILURES: Counter =
    Counter::new("talkline_redis_failures_total", "Calls that failed, by operation").by(&[OPERATION]);

/// Connections.
pub const CONNECTIONS: Counter = Counter::new("talkline_redis_connections_total", "Connections opened");

/// Nodes that were found silent.
pub const SILENCES: Counter = Counter::new(
    "talkline_redis_silences_total",
    "Times that a node was found not to answer, so that calls to it failed at once until it did",
);

/// Changes of the nodes.
pub const TOPOLOGIES: Counter = Counter::new("talkline_redis_topologies_total", "Times that the nodes changed");

/// Commands that went astray.
pub const REDIRECTS: Counter = Counter::new(
    "talkline_redis_redirects_total",
    "Commands that went to the wrong node first",
);

/// Presence that was told again.
pub const ANNOUNCED: Counter = Counter::new(
    "talkline_redis_presence_announced_total",
    "Users whose sockets were told again, in turn or because Redis may have believed something else",
);

/// Signals that left.
pub const PUBLISHED: Counter = Counter::new("talkline_redis_signals_published_total", "Signals published");

/// Signals that came.
pub const RECEIVED: Counter = Counter::new("talkline_redis_signals_received_total", "Signals that arrived");

/// Signals of another version.
pub const UNREADABLE: Counter = Counter::new(
    "talkline_redis_signals_unreadable_total",
    "Signals dropped because this program cannot read them",
);

/// Signals for which there was no room.
pub const OVERFLOWED: Counter = Counter::new(
    "talkline_redis_signals_overflowed_total",
    "Signals dropped because an inbox was full",
);

/// Channels out of reach.
pub const LOSSES: Counter = Counter::new(
    "talkline_redis_losses_total",
    "Times that channels were out of reach, so that signals may be lost",
);

/// Channels.
pub const SUBSCRIPTIONS: Gauge = Gauge::new("talkline_redis_subscriptions", "Channels subscribed");
