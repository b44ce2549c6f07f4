//! A circuit breaker: a node that does not answer is asked only now and then, so that it does not cost every call the
//! timeout.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// So many failures in a row, and the node counts as silent.
const TRIPS: u32 = 3;
/// Before it is asked the first time again.
const FIRST: Duration = Duration::from_millis(200);
/// Between two questions at most.
const LONGEST: Duration = Duration::from_secs(3);

/// See the module. Closed at first.
#[derive(Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    open: Option<Open>,
}

struct Open {
    pause: Duration,
    /// When somebody may ask again.
    probe: Instant,
    asked: bool,
}

impl Breaker {
    /// Whether the node may be asked. While it is silent, one caller a pause may, and its outcome decides. One that
    /// never tells its outcome (its task was dropped) is followed by another after the pause.
    pub(super) fn admits(&self) -> bool {
        let mut state = self.state();
        let Some(open) = &mut state.open else { return true };
        let now = Instant::now();
        if now < open.probe {
            return false;
        }
        (open.probe, open.asked) = (now + open.pause, true);
        true
    }

    /// It answered. Says whether it was silent until now.
    pub(super) fn succeeded(&self) -> bool {
        let mut state = self.state();
        state.failures = 0;
        state.open.take().is_some()
    }

    /// It did not answer. Says whether it counts as silent from now on.
    pub(super) fn failed(&self) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if let Some(open) = &mut state.open {
            // Only a probe's failure counts: what was under way when it fell silent says nothing new.
            if std::mem::take(&mut open.asked) {
                open.pause = (open.pause * 2).min(LONGEST);
                open.probe = Instant::now() + open.pause.mul_f64(rand::random_range(0.8..1.0));
            }
            return false;
        }
        if state.failures < TRIPS {
            return false;
        }
        state.open = Some(Open {
            pause: FIRST,
            probe: Instant::now() + FIRST,
            asked: false,
        });
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent() -> Breaker {
        let breaker = Breaker::default();
        assert!(!breaker.failed() && !breaker.failed() && breaker.admits());
        assert!(breaker.failed(), "the third failure in a row");
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_in_between_begins_the_count_anew() {
        let breaker = Breaker::default();
        for _ in 0..10 {
            assert!(!breaker.failed() && !breaker.failed() && !breaker.succeeded());
        }
        assert!(breaker.admits());
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_node_is_asked_once_a_pause_until_it_answers() {
        let breaker = silent();
        assert!(!breaker.admits());
        tokio::time::advance(FIRST).await;
        assert!(breaker.admits(), "a probe");
        assert!(!breaker.admits(), "one probe");
        assert!(breaker.succeeded() && breaker.admits() && breaker.admits());
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_with_each_probe_that_fails_and_no_further_than_the_longest() {
        let breaker = silent();
        for _ in 0..5 {
            breaker.failed();
        }
        tokio::time::advance(FIRST).await;
        assert!(breaker.admits(), "stragglers do not postpone the probe");
        breaker.failed();
        tokio::time::advance(FIRST).await;
        assert!(!breaker.admits(), "the second pause is longer");
        for _ in 0..10 {
            tokio::time::advance(LONGEST).await;
            assert!(breaker.admits());
            breaker.failed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_never_tells_is_followed_by_another() {
        let breaker = silent();
        tokio::time::advance(FIRST).await;
        assert!(breaker.admits());
        tokio::time::advance(FIRST).await;
        assert!(breaker.admits());
    }
}
