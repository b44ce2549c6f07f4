//! How a watch that fails is tried again: twice as long each time, with jitter.
//!
//! A watch begins every try with a good word, that a list is about to come, and the library's own pace begins anew at each good word: a
//! watch that always fails was tried every second for ever. Here only a time without failures counts.

use std::time::{Duration, Instant};

use kube::runtime::utils::Backoff;

/// After the first failure.
const FIRST: Duration = Duration::from_millis(800);
/// After many.
const LONGEST: Duration = Duration::from_secs(30);
/// So long without a failure, the next one is the first again.
const CALM: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    failures: u32,
    resumed: Option<Instant>,
}

impl Pace {
    /// The pause after a failure at `now`.
    fn pause(&mut self, now: Instant) -> Duration {
        if self.resumed.is_none_or(|resumed| now > resumed + CALM) {
            self.failures = 0;
        }
        let pause = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        let pause = pause.mul_f64(rand::random_range(0.75..1.25));
        self.failures += 1;
        self.resumed = Some(now + pause);
        pause
    }
}

impl Iterator for Pace {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.pause(Instant::now()))
    }
}

impl Backoff for Pace {
    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_words_between_failures_do_not_quicken_it_and_calm_does() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        let mut last = Duration::ZERO;
        for failure in 0..8 {
            let pause = pace.pause(now);
            assert!(pause > last || failure > 5, "{failure}: {pause:?} after {last:?}");
            last = pause;
            now += pause;
            pace.reset();
        }
        assert!(last > LONGEST / 2);
        assert!(pace.pause(now + CALM * 2) <= FIRST * 2);
    }
}
