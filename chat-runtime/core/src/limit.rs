//! Rate limits: the sliding window, as arithmetic.

use std::time::Duration;

/// At most `permits` in any `window`. Zero permits means: no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many within a window; 0 switches the limit off.
    pub permits: u32,
    /// The window's length; not zero.
    pub window: Duration,
}

/// What a limit answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether this one may pass.
    pub allowed: bool,
    /// How many more could pass right now.
    pub remaining: u32,
    /// When the next one can pass, if this one may not; else zero.
    pub retry_after: Duration,
    /// When the whole quota is free again if nothing else comes.
    pub reset_after: Duration,
}

/// Two neighbouring fixed windows, the older one weighted by how much of it the sliding window still covers.
///
/// Eight numbers instead of a list of times: the count is at most the true one of a window with evenly spread
/// arrivals. Source: "sliding window counter", as Cloudflare describes it for its rate limiting (2017).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlidingWindow {
    index: u64,
    previous: u32,
    current: u32,
}

impl SlidingWindow {
    /// Asks for one permit at `now`, a time since any fixed origin. A refusal does not count.
    pub fn take(&mut self, quota: Quota, now: Duration) -> Decision {
        if quota.permits == 0 {
            return Decision {
                allowed: true,
                remaining: u32::MAX,
                retry_after: Duration::ZERO,
                reset_after: Duration::ZERO,
            };
        }
        self.slide(quota, now);
        let used = self.used(quota, now);
        let allowed = used < f64::from(quota.permits);
        if allowed {
            self.current += 1;
        }
        let left = f64::from(quota.permits) - self.used(quota, now);
        Decision {
            allowed,
            remaining: left.max(0.0).ceil() as u32,
            retry_after: if allowed { Duration::ZERO } else { self.wait(quota, now) },
            reset_after: self.reset(quota, now),
        }
    }

    /// What [`SlidingWindow::take`] would answer, without taking.
    pub fn peek(&self, quota: Quota, now: Duration) -> Decision {
        let mut copy = *self;
        copy.take(quota, now)
    }

    /// Forgets what was counted.
    pub fn clear(&mut self) {
        *self = Self {
            index: self.index,
            ..Self::default()
        };
    }

    fn slide(&mut self, quota: Quota, now: Duration) {
        let index = (now.as_nanos() / quota.window.as_nanos().max(1)) as u64;
        match index.saturating_sub(self.index) {
            0 => return, // the same window; or a clock that stepped back, which must not give permits away
            1 => self.previous = self.current,
            _ => self.previous = 0,
        }
        self.current = 0;
        self.index = index;
    }

    /// How much of the current fixed window has passed, 0–1.
    fn passed(&self, quota: Quota, now: Duration) -> f64 {
        let window = quota.window.as_secs_f64();
        ((now.as_secs_f64() - self.index as f64 * window) / window).clamp(0.0, 1.0)
    }

    fn used(&self, quota: Quota, now: Duration) -> f64 {
        f64::from(self.current) + f64::from(self.previous) * (1.0 - self.passed(quota, now))
    }

    /// When [`SlidingWindow::used`] falls below the quota.
    fn wait(&self, quota: Quota, now: Duration) -> Duration {
        let permits = f64::from(quota.permits);
        let (passed, current) = (self.passed(quota, now), f64::from(self.current));
        let windows = if current < permits {
            // Within this window, as the previous one's weight falls.
            1.0 - (permits - current) / f64::from(self.previous.max(1)) - passed
        } else {
            // In the next window, when this one is the previous.
            1.0 - passed + 1.0 - permits / current
        };
        quota.window.mul_f64(windows.max(0.0)) + Duration::from_millis(1)
    }

    fn reset(&self, quota: Quota, now: Duration) -> Duration {
        let windows = match (self.current, self.previous) {
            (0, 0) => 0.0,
            (0, _) => 1.0 - self.passed(quota, now),
            _ => 2.0 - self.passed(quota, now),
        };
        quota.window.mul_f64(windows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Quota = Quota {
        permits: 30,
        window: Duration::from_secs(60),
    };

    #[test]
    fn zero_permits_switch_it_off() {
        let mut window = SlidingWindow::default();
        let off = Quota { permits: 0, ..MINUTE };
        assert!((0..1000).all(|_| window.take(off, Duration::ZERO).allowed));
    }

    #[test]
    fn thirty_pass_and_the_next_is_told_when() {
        let mut window = SlidingWindow::default();
        let now = Duration::from_secs(600);
        assert!((0..30).all(|_| window.take(MINUTE, now).allowed));
        let refused = window.take(MINUTE, now);
        assert!(!refused.allowed && refused.remaining == 0);
        assert!(
            !window
                .peek(MINUTE, now + refused.retry_after - Duration::from_millis(10))
                .allowed
        );
        assert!(window.peek(MINUTE, now + refused.retry_after).allowed);
    }

    proptest! {
        /// Never more than the quota at once, never twice the quota in any window, and the time told is honest.
        #[test]
        fn holds_its_bound(gaps in proptest::collection::vec(0u64..20_000, 1..400), permits in 1u32..40) {
            let quota = Quota { permits, window: Duration::from_secs(60) };
            let (mut window, mut now, mut passed) = (SlidingWindow::default(), Duration::from_secs(1000), Vec::new());
            for gap in gaps {
                now += Duration::from_millis(gap);
                let decision = window.take(quota, now);
                if decision.allowed {
                    passed.push(now);
                } else {
                    prop_assert!(decision.retry_after > Duration::ZERO);
                    prop_assert!(window.peek(quota, now + decision.retry_after).allowed);
                }
                let recent = passed.iter().filter(|&&t| t + quota.window > now).count();
                prop_assert!(recent <= 2 * permits as usize);
            }
        }
    }
}
