//! Rate limits within one process: sliding windows by key, forgotten once they have run out.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use talkline_core::{
    Result,
    limit::{Decision, Quota, SlidingWindow},
    port::Limits,
};
use tokio::time::Instant;

/// How many locks the keys are spread over.
const SHARDS: usize = 16;

/// A shard is swept when it has grown to twice what the last sweep left, but not below this.
const SWEEP: usize = 1024;

/// The counters. The clock is tokio's, which tests can pause.
pub(crate) struct MemoryLimits {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    origin: Instant,
}

struct Shard {
    counters: HashMap<Box<str>, Counter>,
    sweep_at: usize,
}

struct Counter {
    window: SlidingWindow,
    length: Duration,
    /// When it is as good as new.
    ends: Duration,
}

impl MemoryLimits {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::new(Shard::new())),
            hasher: RandomState::new(),
            origin: Instant::now(),
        }
    }

    fn shard(&self, key: &str) -> std::sync::MutexGuard<'_, Shard> {
        let index = self.hasher.hash_one(key) as usize % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Limits for MemoryLimits {
    async fn take(&self, key: &str, quota: Quota) -> Result<Decision> {
        let now = self.origin.elapsed();
        Ok(self.shard(key).take(key, quota, now))
    }

    async fn peek(&self, key: &str, quota: Quota) -> Result<Decision> {
        let now = self.origin.elapsed();
        let window = self.shard(key).window(key, quota);
        Ok(window.peek(quota, now))
    }
}

impl Shard {
    fn new() -> Self {
        Self {
            counters: HashMap::new(),
            sweep_at: SWEEP,
        }
    }

    /// A key's counter so far. One of another length counts other windows and begins anew.
    fn window(&self, key: &str, quota: Quota) -> SlidingWindow {
        let counter = self.counters.get(key).filter(|counter| counter.length == quota.window);
        counter.map(|counter| counter.window).unwrap_or_default()
    }

    fn take(&mut self, key: &str, quota: Quota, now: Duration) -> Decision {
        let mut window = self.window(key, quota);
        let decision = window.take(quota, now);
        if quota.permits == 0 {
            return decision;
        }
        let counter = Counter {
            window,
            length: quota.window,
            ends: now + decision.reset_after,
        };
        match self.counters.get_mut(key) {
            Some(stored) => *stored = counter,
            None => self.insert(key, counter, now),
        }
        decision
    }

    fn insert(&mut self, key: &str, counter: Counter, now: Duration) {
        if self.counters.len() >= self.sweep_at {
            self.counters.retain(|_, counter| counter.ends > now);
            self.counters.shrink_to(2 * self.counters.len());
            self.sweep_at = (2 * self.counters.len()).max(SWEEP);
        }
        self.counters.insert(key.into(), counter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn counters_that_have_run_out_are_forgotten() {
        let limits = MemoryLimits::new();
        let quota = Quota {
            permits: 1,
            window: Duration::from_secs(1),
        };
        for round in 0..10 {
            for user in 0..SHARDS * SWEEP {
                limits.take(&format!("{round}/{user}"), quota).await.unwrap();
            }
            tokio::time::advance(Duration::from_secs(3)).await;
        }
        let kept: usize = limits
            .shards
            .iter()
            .map(|shard| shard.lock().unwrap().counters.len())
            .sum();
        assert!(
            kept <= 3 * SHARDS * SWEEP,
            "{kept} counters of {} in use",
            SHARDS * SWEEP
        );
    }
}
