//! A dependency's failure is waited out: for ever, visibly, and with growing pauses.

use std::time::Duration;

use talkline_core::{Error, ErrorKind, Result};

use crate::metrics::Metrics;

const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(5);

/// The pause before the next attempt: doubled each time, with jitter.
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(FIRST)
    }

    /// Waits out a failure of `step`, and says so.
    ///
    /// # Errors
    /// The adapter has stopped, so that waiting is in vain.
    pub(crate) async fn wait(&mut self, step: &'static str, metrics: &Metrics, error: Error) -> Result<()> {
        if error.kind() == ErrorKind::Closed {
            return Err(error);
        }
        metrics.retry(step);
        tracing::warn!(step, %error, pause_ms = self.0.as_millis() as u64, "worker step failed; trying again");
        tokio::time::sleep(self.0.mul_f64(rand::random_range(0.5..1.0))).await;
        self.0 = (self.0 * 2).min(LONGEST);
        Ok(())
    }
}

/// Calls `step` until it succeeds. Only an adapter that has stopped ends the attempts.
///
/// Every other error is retried, also one that looks final: the alternative, to go on without the batch, would lose
/// what was acknowledged.
pub(crate) async fn until_done<T, F>(name: &'static str, metrics: &Metrics, mut step: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>> + Send,
{
    metrics.begin(name);
    let mut backoff = Backoff::new();
    loop {
        match step().await {
            Ok(done) => return Ok(done),
            Err(error) => backoff.wait(name, metrics, error).await?,
        }
    }
}
