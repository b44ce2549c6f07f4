//! How often somebody may guess: failures count, per account and per client address.

use std::{net::IpAddr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use talkline_core::user::{Email, Tier};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{
    limits::{Limits, Name},
    problem::Problem,
};

/// Accounts whose logins are going on at a time.
const ACCOUNTS: u64 = 100_000;

/// Lets guesses through until too many were wrong.
pub(super) struct Attempts {
    limits: Limits,
    turns: Cache<String, Arc<Mutex<()>>>,
}

/// A guess that may be made. Guesses at one account come one after the other: with many at the same time, all of
/// them would pass before the first is known to be wrong.
pub(super) struct Attempt<'a> {
    limits: &'a Limits,
    keys: [String; 2],
    _turn: OwnedMutexGuard<()>,
}

impl Attempts {
    pub(super) fn new(limits: Limits) -> Self {
        let turns = Cache::builder()
            .max_capacity(ACCOUNTS)
            .time_to_idle(Duration::from_secs(60))
            .build();
        Self { limits, turns }
    }

    /// Waits for the account's turn.
    ///
    /// # Errors
    /// `RATE_LIMITED` when the account or the address has failed too often lately.
    pub(super) async fn begin(&self, email: &Email, client: IpAddr) -> Result<Attempt<'_>, Problem> {
        // Counters may lie in a shared cache, where addresses in clear have no business.
        let account = URL_SAFE_NO_PAD.encode(Sha256::digest(email.as_str()));
        let keys = [format!("account:{account}"), format!("address:{client}")];
        let turn = self.turns.get_with_by_ref(email.as_str(), Arc::default);
        let turn = turn.lock_owned().await;
        for key in &keys {
            self.limits.peek(Name::Auth, key).await?;
        }
        Ok(Attempt {
            limits: &self.limits,
            keys,
            _turn: turn,
        })
    }
}

impl Attempt<'_> {
    /// It was wrong: counts it. That a counter is full shows at the next attempt.
    pub(super) async fn failed(self) {
        for key in &self.keys {
            // A failure of the counters was logged where it was turned into a problem; the login fails in any case.
            let _counted = self.limits.take_for(Name::Auth, key, Tier::Standard).await;
        }
    }
}
