//! What one socket may cost a gateway. Every bound here ends in backpressure or a refusal, never in unbounded memory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bounds of a gateway's sockets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.targetPerReplica <= self.maxPerReplica",
    "message": "targetPerReplica must not exceed maxPerReplica",
    "fieldPath": ".targetPerReplica"
}]))]
pub struct SocketsSpec {
    /// Sockets that a gateway holds at most; past it, it refuses handshakes with 503 and `Retry-After`.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_per_replica: u32,

    /// Sockets per gateway that the plan and the autoscaler aim at.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub target_per_replica: u32,

    /// Bytes waiting for a slow socket; past it, the socket gets `chat:resync` instead of what waits.
    #[schemars(range(min = 16_384, max = 67_108_864))]
    pub backlog_bytes: u32,

    /// The largest frame or polling body accepted from a client, in bytes.
    #[schemars(range(min = 1_024, max = 16_777_216))]
    pub max_payload_bytes: u32,

    /// Seconds between two pings of the server.
    #[schemars(range(min = 1, max = 300))]
    pub ping_interval_seconds: u32,

    /// Seconds that a client has to answer a ping.
    #[schemars(range(min = 1, max = 300))]
    pub ping_timeout_seconds: u32,

    /// Seconds that a transport may stay open without joining the namespace, i.e. without a token.
    #[schemars(range(min = 1, max = 300))]
    pub connect_timeout_seconds: u32,
}

impl Default for SocketsSpec {
    /// Ping times are Socket.IO's own, so that any client's expectations hold.
    fn default() -> Self {
        Self {
            max_per_replica: 20_000,
            target_per_replica: 10_000,
            backlog_bytes: 262_144,
            max_payload_bytes: 1_000_000,
            ping_interval_seconds: 25,
            ping_timeout_seconds: 20,
            connect_timeout_seconds: 45,
        }
    }
}
