//! Waiting for a server at the start: visibly, and not for ever.

use std::{fmt, time::Duration};

use talkline_core::{Error, Result};
use tokio::time::{Instant, sleep, timeout_at};

use crate::failure::Failure;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);
/// An attempt has this long at least, and no longer than the patience lasts otherwise: adapters wait longer by themselves.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How long a start waits for its servers in all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    ends: Instant,
    whole: Duration,
}

impl Patience {
    /// From now on.
    pub(crate) fn of(whole: Duration) -> Self {
        let ends = Instant::now() + whole;
        Self { ends, whole }
    }

    /// Calls `connect` until the server is reached, and says of each failure that it is not. What no waiting mends, such as a
    /// wrong password, ends it at once.
    ///
    /// # Errors
    /// The last failure, in one line.
    pub(crate) async fn reach<T>(
        self,
        server: &'static str,
        mut connect: impl AsyncFnMut() -> Result<T>,
    ) -> std::result::Result<T, Failure> {
        let mut pause = FIRST;
        loop {
            let attempt = self.ends.max(Instant::now() + ATTEMPT);
            let error = match timeout_at(attempt, connect()).await {
                Ok(Ok(reached)) => return Ok(reached),
                Ok(Err(error)) if !error.is_retryable() => return Err(refused(server, &error)),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            if Instant::now() + pause >= self.ends {
                let seconds = self.whole.as_secs();
                return Err(Failure::broken(format_args!(
                    "{server} was not reached in {seconds} s: {error}"
                )));
            }
            tracing::warn!(
                server,
                error,
                pause_ms = pause.as_millis() as u64,
                "a server is not reached; trying again"
            );
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
        }
    }
}

fn refused(server: &str, error: &Error) -> Failure {
    Failure::usage(Refused { server, error })
}

struct Refused<'a> {
    server: &'a str,
    error: &'a Error,
}

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be used: {}", self.server, self.error)
    }
}

#[cfg(test)]
mod tests {
    use talkline_core::ErrorKind;

    use super::*;

    async fn attempts(kind: ErrorKind, patience: Duration, fail: u32) -> (u32, bool, Duration) {
        let (mut made, start) = (0, Instant::now());
        let reached = Patience::of(patience)
            .reach("Kafka", async || {
                made += 1;
                match made > fail {
                    true => Ok(()),
                    false => Err(Error::new(kind, "kafka.connect", "refused")),
                }
            })
            .await;
        (made, reached.is_ok(), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_comes_late_is_waited_for() {
        let (made, reached, _) = attempts(ErrorKind::Unavailable, Duration::from_secs(60), 4).await;
        assert_eq!((made, reached), (5, true));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_never_comes_is_given_up_in_time() {
        let (made, reached, took) = attempts(ErrorKind::Unavailable, Duration::from_secs(60), u32::MAX).await;
        assert!(!reached && made > 5);
        assert!(took <= Duration::from_secs(60), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_want_to_wait_asks_once() {
        assert_eq!(attempts(ErrorKind::Unavailable, Duration::ZERO, u32::MAX).await.0, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_no_waiting_mends_ends_at_once() {
        assert_eq!(
            attempts(ErrorKind::Invalid, Duration::from_secs(60), u32::MAX).await.0,
            1
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_hangs_is_given_up() {
        let hung =
            Patience::of(Duration::from_secs(60)).reach("Redis", async || std::future::pending::<Result<()>>().await);
        assert!(
            tokio::time::timeout(Duration::from_secs(100), hung)
                .await
                .unwrap()
                .is_err()
        );
    }
}
