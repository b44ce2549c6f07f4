//! Which of several processes does the work: the one that has the Lease. Whoever loses it, or cannot tell whether it still has it, ends: a
//! process that starts anew knows nothing that might be wrong.

use std::time::Duration;

use kube::Client;
use kube_lease_manager::{LeaseManager, LeaseManagerBuilder, LeaseManagerError};
use tokio::time::{Instant, sleep};

/// Seconds that a Lease holds without being renewed.
const DURATION: u64 = 15;
/// Seconds before its end at which it is renewed.
const GRACE: u64 = 5;
/// How long renewing may fail before the Lease counts as lost: until another process may have it.
const DOUBT: Duration = Duration::from_secs(GRACE - 1);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// The Lease.
pub(crate) struct Leader {
    manager: LeaseManager,
}

impl Leader {
    /// Finds the Lease, or makes it.
    ///
    /// # Errors
    /// The API server does not let us.
    pub(crate) async fn new(
        client: Client,
        namespace: &str,
        name: &str,
        identity: &str,
    ) -> Result<Self, LeaseManagerError> {
        let manager = LeaseManagerBuilder::new(client, name)
            .with_namespace(namespace)
            .with_identity(identity)
            .with_duration(DURATION)
            .with_grace(GRACE)
            .build()
            .await?;
        Ok(Self { manager })
    }

    /// Waits until this process has it. While the API server does not answer, nobody leads, and this waits as well.
    pub(crate) async fn lead(&self) {
        loop {
            match self.manager.changed().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the Lease cannot be asked for; it is tried again");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Renews it until it is lost, and says why.
    pub(crate) async fn lost(&self) -> String {
        let mut doubt: Option<(Instant, Instant)> = None;
        loop {
            let error = match self.manager.changed().await {
                Ok(true) => {
                    doubt = None;
                    continue;
                }
                Ok(false) => return "another process has it".to_owned(),
                Err(error) => error,
            };
            let now = Instant::now();
            // Failures that follow each other closely are one doubt.
            let since = match doubt {
                Some((since, last)) if now - last < DOUBT => since,
                _ => now,
            };
            if now - since >= DOUBT {
                return format!("it could not be renewed in time: {error}");
            }
            doubt = Some((since, now));
            sleep(PAUSE).await;
        }
    }

    /// Gives it back, so that another process need not wait for its end.
    pub(crate) async fn release(&self) {
        if let Err(error) = self.manager.release().await {
            tracing::warn!(%error, "the Lease could not be given back; another process has to wait for its end");
        }
    }
}
