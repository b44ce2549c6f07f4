//! Leaving: the clients are asked to move elsewhere, a few at a time, then the rest is closed.

use std::time::Duration;

use tokio::time::Instant;

use super::{Realtime, frames};
use crate::engine::{Burst, Engine};

/// Between two portions of sockets that are told.
const STEP: Duration = Duration::from_millis(100);
/// The part of the time in which all are told; in the rest, the last ones move.
const TELLING: f64 = 0.5;

impl Realtime {
    /// Refuses new sockets, tells the open ones paced over the first half of the grace period to reconnect elsewhere,
    /// and closes who is still here at its end. Returns as soon as nobody is.
    pub async fn drain(&self, engine: &Engine) {
        engine.drain();
        let grace = self.inner.chat.config().realtime.drain_grace;
        let ends = Instant::now() + grace;
        let mut sockets = self.inner.hub.all();
        let steps = (grace.mul_f64(TELLING).as_millis() / STEP.as_millis()).max(1);
        let portion = sockets
            .len()
            .div_ceil(usize::try_from(steps).unwrap_or(usize::MAX))
            .max(1);
        while !sockets.is_empty() {
            let told = sockets.split_off(sockets.len().saturating_sub(portion));
            if let Some(frame) = frames::draining(ends.saturating_duration_since(Instant::now())) {
                let mut burst = Burst::new();
                for socket in &told {
                    burst.push(&socket.handle, &frame);
                }
            }
            tokio::time::sleep(STEP).await;
        }
        while !self.inner.hub.all().is_empty() && Instant::now() < ends {
            tokio::time::sleep(STEP).await;
        }
        for socket in self.inner.hub.all() {
            socket.handle.close();
        }
    }
}
