//! Waiting for a condition, with a deadline: what tests do instead of sleeping and hoping.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::{sleep, timeout};

/// Longer than anything that a test waits for takes on a loaded machine.
pub const DEADLINE: Duration = Duration::from_secs(40);

/// Between two looks at a condition that nothing announces.
const STEP: Duration = Duration::from_millis(10);

/// What `future` answers.
///
/// # Errors
/// Its own; and that `what` did not happen within [`DEADLINE`].
pub async fn in_time<T>(what: &str, future: impl Future<Output = Result<T>>) -> Result<T> {
    in_time_of(DEADLINE, what, future).await
}

/// What `future` answers, where that may take another time than [`DEADLINE`].
///
/// # Errors
/// Its own; and that `what` did not happen within `deadline`.
pub async fn in_time_of<T>(deadline: Duration, what: &str, future: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(deadline, future)
        .await
        .with_context(|| format!("in {deadline:?} not: {what}"))?
}

/// Asks again and again, until there is an answer.
///
/// # Errors
/// The first error of `ask`; and that `what` did not happen within [`DEADLINE`].
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    in_time(what, again_and_again(ask)).await
}

/// Asks until there is an answer; for whoever has a deadline of his own.
///
/// # Errors
/// The first error of `ask`.
pub async fn again_and_again<T>(mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    loop {
        match ask().await? {
            Some(answer) => return Ok(answer),
            None => sleep(STEP).await,
        }
    }
}
