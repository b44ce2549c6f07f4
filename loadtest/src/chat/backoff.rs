//! How long to wait before connecting again: exponential, with full jitter, so that a server's restart is not followed
//! by everybody at once.

use std::time::Duration;

/// The first wait is at most this.
const FIRST: Duration = Duration::from_millis(100);

/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(2);

/// Waits between failed attempts.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait; `chance` is uniform in 0..1.
    pub(super) fn next(&mut self, chance: f64) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures += 1;
        ceiling.mul_f64(chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_are_spread() {
        let mut backoff = Backoff::default();
        let ceilings: Vec<u128> = (0..40).map(|_| backoff.next(1.0).as_millis()).collect();
        assert_eq!(ceilings[..6], [100, 200, 400, 800, 1600, 2000]);
        assert!(ceilings[6..].iter().all(|ceiling| *ceiling == 2000));
        assert_eq!(backoff.next(0.25), Duration::from_millis(500));
    }
}
