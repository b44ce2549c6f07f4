//! What an operator can set. The defaults are the contract's, and their own documentation.
//!
//! Nothing here reads files or the environment: programs fill it in.

mod history;
mod origins;
mod realtime;
mod registration;
mod tracing;

use std::{net::IpAddr, time::Duration};

pub use history::History;
use ipnet::IpNet;
pub use origins::Origins;
pub use realtime::Realtime;
pub use registration::Registration;
use talkline_core::{limit::Quota, user::Tier};
pub use tracing::Tracing;

use crate::limits::Name;

/// Everything that can be set.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Logins and tokens.
    pub auth: Auth,
    /// How much of what.
    pub limits: Limits,
    /// How long texts and lists may be.
    pub sizes: Sizes,
    /// The HTTP server.
    pub http: Http,
    /// The live side.
    pub realtime: Realtime,
    /// Which requests are sampled.
    pub tracing: Tracing,
    /// What is remembered of conversations' newest messages.
    pub history: History,
}

/// Logins and tokens.
#[derive(Clone, Debug)]
pub struct Auth {
    /// `iss` of the tokens: issued and demanded.
    pub issuer: String,
    /// `aud` of the tokens: issued and demanded.
    pub audience: String,
    /// How long an access token is good.
    pub access_ttl: Duration,
    /// How long a refresh token is good.
    pub refresh_ttl: Duration,
    /// Who may register.
    pub registration: Registration,
    /// The cost of a password's hash.
    pub hashing: Hashing,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            issuer: "talkline".into(),
            audience: "talkline".into(),
            access_ttl: Duration::from_secs(15 * 60),
            refresh_ttl: Duration::from_secs(7 * 24 * 60 * 60),
            registration: Registration::default(),
            hashing: Hashing::default(),
        }
    }
}

/// Argon2id's parameters and how many hashes run and wait at a time.
#[derive(Clone, Debug)]
pub struct Hashing {
    /// KiB of memory per hash.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// How many hashes are computed at the same time: each occupies a core and `memory_kib`.
    pub concurrency: usize,
    /// How many may wait for their turn; the next is refused with `OVERLOADED`.
    pub queue: usize,
}

impl Default for Hashing {
    /// The cost is the first choice of the OWASP Password Storage Cheat Sheet.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            concurrency: std::thread::available_parallelism().map_or(1, usize::from),
            queue: 256,
        }
    }
}

/// What one user, or one address, may ask for; 0 switches a limit off.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests to the API.
    pub api: Quota,
    /// Failed logins.
    pub auth: Quota,
    /// Messages sent.
    pub messages: Quota,
    /// Events of sockets.
    pub events: Quota,
    /// Reactions.
    pub reactions: Quota,
    /// What users of the premium tier have more of these: a factor.
    pub premium_multiplier: u32,
    /// Sockets of one user, on all gateways together.
    pub sockets_per_user: u32,
    /// What holds while the counters cannot be asked.
    pub when_unavailable: WhenUnavailable,
}

/// What holds while the counters of the limits cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhenUnavailable {
    /// Messages and everything else of users who are signed in, and requests to the API.
    pub messages: Fallback,
    /// Guesses at passwords and codes.
    pub logins: Fallback,
}

/// Let through, or refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Let through, without counting.
    Open,
    /// Refuse with `UNAVAILABLE`.
    Closed,
}

impl Default for WhenUnavailable {
    /// The counters are a cache, whose loss must not stop the chat; but guessing must not become free.
    fn default() -> Self {
        Self {
            messages: Fallback::Open,
            logins: Fallback::Closed,
        }
    }
}

impl WhenUnavailable {
    /// What holds for the limit of this name.
    pub fn fallback(&self, name: Name) -> Fallback {
        match name {
            Name::Auth => self.logins,
            Name::Api | Name::Messages | Name::Events | Name::Reactions => self.messages,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let per = |minutes: u64, permits| Quota {
            permits,
            window: Duration::from_secs(minutes * 60),
        };
        Self {
            api: per(1, 100),
            auth: per(15, 5),
            messages: per(1, 30),
            events: per(1, 50),
            reactions: per(1, 30),
            premium_multiplier: 10,
            sockets_per_user: 20,
            when_unavailable: WhenUnavailable::default(),
        }
    }
}

impl Limits {
    /// The quota of this name for a user of this tier.
    pub fn quota(&self, name: Name, tier: Tier) -> Quota {
        let quota = match name {
            Name::Api => self.api,
            Name::Auth => return self.auth,
            Name::Messages => self.messages,
            Name::Events => self.events,
            Name::Reactions => self.reactions,
        };
        let factor = match tier {
            Tier::Standard => 1,
            Tier::Premium => self.premium_multiplier,
        };
        Quota {
            permits: quota.permits.saturating_mul(factor),
            ..quota
        }
    }
}

/// How long texts and lists may be.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// Characters (Unicode scalar values) of a message's text; at least 1 is needed.
    pub text_chars: usize,
    /// Characters of a user's or group's name.
    pub name_chars: usize,
    /// Characters of a `clientMessageId` or request id.
    pub request_id_chars: usize,
    /// Bytes of a password: what is longer would only cost time to hash.
    pub password_bytes: std::ops::RangeInclusive<usize>,
    /// Bytes of a reaction: room for an emoji with its modifiers.
    pub emoji_bytes: usize,
    /// Members of a group; the worker allows [`MAX_MEMBERS`](talkline_core::conversation::MAX_MEMBERS) in any case.
    pub group_members: usize,
    /// Members that one request may name.
    pub members_per_request: usize,
    /// Entries of a page if the client does not say.
    pub page_default: usize,
    /// Entries of a page at most.
    pub page_max: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            text_chars: 5_000,
            name_chars: 100,
            request_id_chars: 128,
            password_bytes: 8..=256,
            emoji_bytes: 64,
            group_members: 1_000,
            members_per_request: 1_000,
            page_default: 50,
            page_max: 200,
        }
    }
}

/// The HTTP server.
#[derive(Clone, Debug)]
pub struct Http {
    /// The longest that a request may take, its body's arrival included.
    pub request_timeout: Duration,
    /// Bytes of a JSON body.
    pub body_bytes: usize,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The web origins, besides its own, that may use the API and the sockets.
    pub origins: Origins,
    /// How long a gateway that is to stop goes on as before but for not being ready, so that load balancers notice.
    pub linger: Duration,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(15),
            body_bytes: 64 * 1024,
            trusted_proxies: Vec::new(),
            origins: Origins::default(),
            linger: Duration::ZERO,
        }
    }
}

impl Http {
    /// Whether this peer is a proxy that we believe.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn premium_multiplies_what_one_may_do_but_not_how_often_one_may_guess() {
        let limits = Limits::default();
        let permits = |name, tier| limits.quota(name, tier).permits;
        assert_eq!(permits(Name::Messages, Tier::Standard), 30);
        assert_eq!(permits(Name::Messages, Tier::Premium), 300);
        assert_eq!(permits(Name::Auth, Tier::Premium), permits(Name::Auth, Tier::Standard));
        let off = Limits {
            api: Quota {
                permits: 0,
                ..limits.api
            },
            ..limits
        };
        assert_eq!(off.quota(Name::Api, Tier::Premium).permits, 0);
    }
}
