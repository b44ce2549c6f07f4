//! Which requests are limited, by how much, and how a client learns where it stands.
//!
//! Counters are shared by all gateways (the port); here are the quotas' names, the tiers' factor and the header
//! fields of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10).

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use talkline_core::{
    limit::{Decision, Quota},
    port,
    user::Tier,
};

use crate::{
    auth::Identity,
    config::{self, Fallback},
    problem::Problem,
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Requests to the API, per user; per client address without a token.
    Api,
    /// Failed logins, per account and per client address.
    Auth,
    /// Messages sent, per user.
    Messages,
    /// Events of sockets, per user.
    Events,
    /// Reactions, per user.
    Reactions,
}

impl Name {
    /// As it stands in keys and header fields.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Auth => "auth",
            Self::Messages => "messages",
            Self::Events => "events",
            Self::Reactions => "reactions",
        }
    }
}

/// Where somebody stands with a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Which.
    pub name: Name,
    /// How much there is.
    pub quota: Quota,
    /// How much is left.
    pub decision: Decision,
}

impl Standing {
    /// Adds `RateLimit` and `RateLimit-Policy`; nothing if the limit is switched off.
    pub fn write(&self, headers: &mut HeaderMap) {
        if self.quota.permits == 0 {
            return;
        }
        let name = self.name.as_str();
        let seconds = |duration: Duration| duration.as_millis().div_ceil(1000);
        let reset = match self.decision.allowed {
            true => self.decision.reset_after,
            false => self.decision.retry_after,
        };
        let limit = format!("\"{name}\";r={};t={}", self.decision.remaining, seconds(reset));
        let policy = format!("\"{name}\";q={};w={}", self.quota.permits, seconds(self.quota.window));
        for (header, text) in [(RATE_LIMIT, limit), (RATE_LIMIT_POLICY, policy)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(header, value);
            }
        }
    }
}

/// The gateway's limits.
#[derive(Clone)]
pub struct Limits {
    port: Arc<dyn port::Limits>,
    quotas: config::Limits,
}

impl Limits {
    /// The configured limits over shared counters.
    pub fn new(port: Arc<dyn port::Limits>, quotas: config::Limits) -> Self {
        Self { port, quotas }
    }

    /// Asks for one permit for a user.
    ///
    /// # Errors
    /// `RATE_LIMITED`; also `UNAVAILABLE` for a limit that is [closed](config::Fallback::Closed) without its counters.
    pub async fn take(&self, name: Name, actor: &Identity) -> Result<Standing, Problem> {
        self.take_for(name, &actor.user.to_string(), actor.tier).await
    }

    /// Asks for one permit for whatever `key` names.
    ///
    /// # Errors
    /// `RATE_LIMITED`; also `UNAVAILABLE` for a limit that is [closed](config::Fallback::Closed) without its counters.
    pub async fn take_for(&self, name: Name, key: &str, tier: Tier) -> Result<Standing, Problem> {
        let quota = self.quotas.quota(name, tier);
        if quota.permits == 0 {
            return Ok(off(name, quota));
        }
        self.judge(name, quota, self.port.take(&counter(name, key), quota).await)
    }

    /// Whether `key` has a permit left, without taking it.
    ///
    /// # Errors
    /// `RATE_LIMITED`; also `UNAVAILABLE` for a limit that is [closed](config::Fallback::Closed) without its counters.
    pub async fn peek(&self, name: Name, key: &str) -> Result<Standing, Problem> {
        let quota = self.quotas.quota(name, Tier::Standard);
        if quota.permits == 0 {
            return Ok(off(name, quota));
        }
        self.judge(name, quota, self.port.peek(&counter(name, key), quota).await)
    }

    /// Without its counters a limit lets everybody pass or nobody, as configured.
    fn judge(&self, name: Name, quota: Quota, counted: talkline_core::Result<Decision>) -> Result<Standing, Problem> {
        let decision = match (counted, self.quotas.when_unavailable.fallback(name)) {
            (Ok(decision), _) => decision,
            (Err(error), Fallback::Open) => {
                // One line a request would bury the one in which the adapter says that its server is gone.
                tracing::debug!(%error, limit = name.as_str(), "a limit cannot be counted and lets pass");
                return Ok(off(name, Quota { permits: 0, ..quota }));
            }
            (Err(error), Fallback::Closed) => return Err(error.into()),
        };
        let standing = Standing { name, quota, decision };
        if decision.allowed {
            Ok(standing)
        } else {
            Err(Problem::rate_limited(standing))
        }
    }
}

fn counter(name: Name, key: &str) -> String {
    format!("{}:{key}", name.as_str())
}

fn off(name: Name, quota: Quota) -> Standing {
    Standing {
        name,
        quota,
        decision: Decision {
            allowed: true,
            remaining: u32::MAX,
            retry_after: Duration::ZERO,
            reset_after: Duration::ZERO,
        },
    }
}

#[cfg(test)]
mod tests {
    use talkline_core::{Error, ErrorKind};

    use super::*;
    use crate::problem::Code;

    fn written(permits: u32, allowed: bool) -> HeaderMap {
        let standing = Standing {
            name: Name::Api,
            quota: Quota {
                permits,
                window: Duration::from_secs(60),
            },
            decision: Decision {
                allowed,
                remaining: 7,
                retry_after: Duration::from_millis(1500),
                reset_after: Duration::from_secs(30),
            },
        };
        let mut headers = HeaderMap::new();
        standing.write(&mut headers);
        headers
    }

    #[test]
    fn a_header_tells_what_is_left_and_until_when() {
        let headers = written(100, true);
        assert_eq!(headers[RATE_LIMIT], "\"api\";r=7;t=30");
        assert_eq!(headers[RATE_LIMIT_POLICY], "\"api\";q=100;w=60");
        assert_eq!(written(100, false)[RATE_LIMIT], "\"api\";r=7;t=2");
    }

    #[test]
    fn a_limit_that_is_off_is_not_mentioned() {
        assert!(written(0, true).is_empty());
    }

    /// Counters that do not answer.
    struct Gone;

    #[async_trait::async_trait]
    impl port::Limits for Gone {
        async fn take(&self, _: &str, _: Quota) -> talkline_core::Result<Decision> {
            Err(Error::new(ErrorKind::Unavailable, "limits.take", "gone"))
        }

        async fn peek(&self, key: &str, quota: Quota) -> talkline_core::Result<Decision> {
            self.take(key, quota).await
        }
    }

    #[tokio::test]
    async fn without_counters_everything_passes_but_guesses() {
        let limits = Limits::new(Arc::new(Gone), config::Limits::default());
        let standing = limits.take_for(Name::Api, "ann", Tier::Standard).await.unwrap();
        assert!(standing.decision.allowed && standing.quota.permits == 0);
        let problem = limits.peek(Name::Auth, "ann").await.unwrap_err();
        assert_eq!(problem.code(), Code::Unavailable);
    }

    #[tokio::test]
    async fn an_operator_can_have_it_the_other_way_round() {
        let quotas = config::Limits {
            when_unavailable: config::WhenUnavailable {
                messages: Fallback::Closed,
                logins: Fallback::Open,
            },
            ..config::Limits::default()
        };
        let limits = Limits::new(Arc::new(Gone), quotas);
        for name in [Name::Api, Name::Messages, Name::Events, Name::Reactions] {
            let problem = limits.take_for(name, "ann", Tier::Standard).await.unwrap_err();
            assert_eq!(problem.code(), Code::Unavailable, "{}", name.as_str());
        }
        assert!(limits.peek(Name::Auth, "ann").await.unwrap().decision.allowed);
    }
}
