//! How long until the next look: after a success, and after failures in a row. All of it with jitter, so that a thousand ChatClusters that
//! were met by one outage do not come back together.

use std::time::Duration;

use kube::runtime::controller::Action;

/// Between two looks when nothing happens: for what no watch shows, such as Secrets that are only referred to.
const RESYNC: Duration = Duration::from_secs(300);
/// Between two looks at pods whose load moves.
const MOVING: Duration = Duration::from_secs(60);
/// Between two looks at a gateway that goes, if others are to go after it.
const LEAVING: Duration = Duration::from_secs(2);
/// After the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// After many.
const LONGEST: Duration = Duration::from_secs(300);

/// The next look at a ChatCluster that is as it should be.
pub(crate) fn at_rest() -> Action {
    Action::requeue(jittered(RESYNC))
}

/// The next look at one whose load moves.
pub(super) fn soon() -> Action {
    Action::requeue(jittered(MOVING))
}

/// The next look at one whose gateways go one after the other: no watch shows that a pod has gone.
pub(super) fn scaling_in() -> Action {
    Action::requeue(jittered(LEAVING))
}

/// The next try after so many failures in a row.
pub(super) fn retry(failures: u32) -> Action {
    Action::requeue(jittered(pause(failures)))
}

/// Twice as long each time.
fn pause(failures: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST)
}

/// Between half of it and one and a half.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.5..1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_pause_up_to_a_bound() {
        let pauses: Vec<u64> = (1..=11).map(|failures| pause(failures).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(pause(u32::MAX), LONGEST);
    }

    #[test]
    fn those_that_failed_together_do_not_come_back_together() {
        let pauses: Vec<Duration> = (0..100).map(|_| jittered(LONGEST)).collect();
        assert!(pauses.iter().all(|pause| (150..450).contains(&pause.as_secs())));
        assert!(pauses.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
