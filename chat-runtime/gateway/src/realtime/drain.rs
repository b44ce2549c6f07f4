//! Leaving: the clients are asked to move elsewhere, a few at a time, then the rest is closed.

use std::{num::NonZeroU32, time::Duration};

use tokio::time::Instant;

use super::{Realtime, frames};
use crate::engine::{Burst, Engine};

/// Between two portions of sockets that are told, and between two looks at who is still here.
const STEP: Duration = Duration::from_millis(100);
/// The part of the time in which all are told at the latest; in the rest, the last ones move.
const TELLING: f64 = 0.5;
/// How long who was told may take to move, at most.
const MOVING: Duration = Duration::from_secs(10);

impl Realtime {
    /// Refuses new sockets, tells the open ones at a pace to reconnect elsewhere, and closes who is still here when the
    /// last ones had their time. Returns as soon as nobody is.
    pub async fn drain(&self, engine: &Engine) {
        engine.drain();
        let config = &self.inner.chat.config().realtime;
        let ends = Instant::now() + config.drain_grace;
        let mut sockets = self.inner.hub.all();
        let pace = Pace::of(sockets.len(), config.drain_grace, config.drain_pace);
        while !sockets.is_empty() {
            let told = sockets.split_off(sockets.len().saturating_sub(pace.portion));
            let left = ends.saturating_duration_since(Instant::now());
            if let Some(frame) = frames::draining(left.min(MOVING)) {
                let mut burst = Burst::new();
                for socket in &told {
                    burst.push(&socket.handle, &frame);
                }
            }
            tokio::time::sleep(pace.pause.min(left)).await;
        }
        let ends = ends.min(Instant::now() + MOVING);
        while !self.inner.hub.all().is_empty() && Instant::now() < ends {
            tokio::time::sleep(STEP).await;
        }
        for socket in self.inner.hub.all() {
            socket.handle.close();
        }
    }
}

/// How many sockets are told at a time, and how long the next ones wait.
#[derive(Debug, PartialEq, Eq)]
struct Pace {
    portion: usize,
    pause: Duration,
}

impl Pace {
    /// As wished, in sockets per minute, if all are told in good time like that; else as fast as that takes.
    fn of(sockets: usize, grace: Duration, wished: Option<NonZeroU32>) -> Self {
        let telling = grace.mul_f64(TELLING);
        let wished = wished.map(Self::per_minute);
        wished.filter(|pace| pace.takes(sockets) <= telling).unwrap_or_else(|| {
            let steps = usize::try_from(telling.as_millis() / STEP.as_millis()).unwrap_or(usize::MAX);
            Self {
                portion: sockets.div_ceil(steps.max(1)).max(1),
                pause: STEP,
            }
        })
    }

    fn per_minute(sockets: NonZeroU32) -> Self {
        let each = Duration::from_secs(60) / sockets.get();
        let portion = u32::try_from(STEP.as_nanos() / each.as_nanos().max(1))
            .unwrap_or(u32::MAX)
            .max(1);
        Self {
            portion: usize::try_from(portion).unwrap_or(usize::MAX),
            pause: each.saturating_mul(portion),
        }
    }

    fn takes(&self, sockets: usize) -> Duration {
        let portions = u32::try_from(sockets.div_ceil(self.portion)).unwrap_or(u32::MAX);
        self.pause.saturating_mul(portions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_told_as_wished_or_else_in_time() {
        let (minute, millis) = (Duration::from_secs(60), Duration::from_millis);
        for (sockets, grace, wished, portion, pause) in [
            // As wished: 6,000 a minute are 10 in 100 ms; 60 a minute are one a second.
            (20_000, minute * 10, NonZeroU32::new(6_000), 10, millis(100)),
            (10, minute, NonZeroU32::new(60), 1, millis(1_000)),
            // That would take too long.
            (20_000, minute, NonZeroU32::new(6_000), 67, millis(100)),
            // Nothing is wished.
            (20_000, minute, None, 67, millis(100)),
            (0, millis(500), None, 1, millis(100)),
        ] {
            assert_eq!(
                Pace::of(sockets, grace, wished),
                Pace { portion, pause },
                "{sockets} {grace:?}"
            );
        }
        let fastest = Pace::per_minute(NonZeroU32::MAX).pause;
        assert!(fastest > millis(99) && fastest <= STEP, "{fastest:?}");
    }
}
