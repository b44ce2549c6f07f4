//! Rate limits that all gateways share: core's sliding window as a script, on Redis' clock.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use redis::from_redis_value;
use talkline_core::{
    Result,
    limit::{Decision, Quota, SlidingWindow},
    port::Limits,
};

use super::{
    error,
    names::Names,
    nodes::Nodes,
    script::{OneKey, Run},
};

/// See the module.
pub(super) struct RedisLimits {
    nodes: Arc<Nodes>,
    names: Names,
    window: OneKey,
}

impl RedisLimits {
    pub(super) fn new(nodes: Arc<Nodes>, names: Names) -> Self {
        Self {
            nodes,
            names,
            window: OneKey::new(include_str!("limits.lua")),
        }
    }

    async fn ask(&self, operation: &'static str, key: &str, quota: Quota, takes: bool) -> Result<Decision> {
        if quota.permits == 0 {
            // No limit: nothing is counted.
            return Ok(SlidingWindow::default().peek(quota, Duration::ZERO));
        }
        let window = quota.window.as_micros().max(1);
        let run = Run {
            key: self.names.limit(key),
            arguments: vec![
                quota.permits.to_string().into(),
                window.to_string().into(),
                u8::from(takes).to_string().into(),
            ],
        };
        let answers = self.window.run(&self.nodes, operation, &[run]).await?;
        let answer = answers
            .into_iter()
            .next()
            .and_then(|answer| from_redis_value(answer).ok());
        let (allowed, remaining, retry, reset): (bool, u32, u64, u64) =
            answer.ok_or_else(|| error::corrupt(operation, "not a decision"))?;
        Ok(Decision {
            allowed,
            remaining,
            retry_after: Duration::from_micros(retry),
            reset_after: Duration::from_micros(reset),
        })
    }
}

#[async_trait]
impl Limits for RedisLimits {
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision> {
        self.ask("limits.take", key, quota, true).await
    }

    async fn peek(&self, key: &str, quota: Quota) -> Result<Decision> {
        self.ask("limits.peek", key, quota, false).await
    }
}
