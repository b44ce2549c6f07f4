//! What one user, or one address, may ask for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits. Each rate is over a sliding window, and 0 switches it off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LimitsSpec {
    /// REST requests per user and minute. 0: off.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub api_requests_per_minute: u32,

    /// Failed sign-ins per account and per client address in 15 minutes. 0: off.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub auth_failures_per_15_minutes: u32,

    /// Messages per user and minute. 0: off.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub messages_per_minute: u32,

    /// Socket events per user and minute; receipts and typing are not counted. 0: off.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub socket_events_per_minute: u32,

    /// Reactions per user and minute. 0: off.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub reactions_per_minute: u32,

    /// What each rate is multiplied by for users of the `premium` tier.
    #[schemars(range(min = 1, max = 1_000))]
    pub premium_multiplier: u32,

    /// The longest text of a message, in characters.
    #[schemars(range(min = 1, max = 100_000))]
    pub message_characters: u32,

    /// Members of a group.
    #[schemars(range(min = 2, max = 100_000))]
    pub group_members: u32,

    /// Sockets of one user, over all gateways; the next one is refused with TOO_MANY_SOCKETS. 0: no limit.
    #[schemars(range(min = 0, max = 10_000))]
    pub sockets_per_user: u32,

    /// The largest REST body, uploads excepted, in bytes.
    #[schemars(range(min = 1_024, max = 16_777_216))]
    pub body_bytes: u32,

    /// What holds while Redis, which counts, cannot be asked.
    pub when_unavailable: WhenUnavailable,
}

/// What holds while the counters cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WhenUnavailable {
    /// Messages and everything else of users who are signed in.
    pub messages: Fallback,

    /// Sign-ins.
    pub logins: Fallback,
}

/// Let through, or refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Fallback {
    /// Let through: slower is better than not at all.
    Open,
    /// Refuse: guessing passwords must not become free.
    Closed,
}

impl Default for LimitsSpec {
    fn default() -> Self {
        Self {
            api_requests_per_minute: 100,
            auth_failures_per_15_minutes: 5,
            messages_per_minute: 30,
            socket_events_per_minute: 50,
            reactions_per_minute: 30,
            premium_multiplier: 10,
            message_characters: 5_000,
            group_members: 1_000,
            sockets_per_user: 20,
            body_bytes: 1_048_576,
            when_unavailable: WhenUnavailable::default(),
        }
    }
}

impl Default for WhenUnavailable {
    fn default() -> Self {
        Self {
            messages: Fallback::Open,
            logins: Fallback::Closed,
        }
    }
}
