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
    timeout(DEADLINE, future)
        .await
        .with_context(|| format!("in {DEADLINE:?} not: {what}"))?
}

/// Asks again and again, until there is an answer.
///
/// # Errors
/// The first error of `ask`; and that `what` did not happen within [`DEADLINE`].
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let asking = async {
        loop {
            match ask().await? {
                Some(answer) => return Ok(answer),
                None => sleep(STEP).await,
            }
        }
    };
    in_time(what, asking).await
}
