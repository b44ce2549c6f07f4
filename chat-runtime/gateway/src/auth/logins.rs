//! Which logins are still open, asked of the accounts at most about once a second for each.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use talkline_core::{error::Result, id::SessionId, port::Accounts, time::Timestamp};

/// How long an answer is believed. With the time of asking, a token is refused within a second of its login's end.
const BELIEVED: Duration = Duration::from_millis(800);
/// Logins remembered at a time; further ones are asked for each time.
const REMEMBERED: u64 = 200_000;

/// Open and ended logins.
pub(super) struct Logins {
    accounts: Arc<dyn Accounts>,
    open: Cache<SessionId, bool>,
}

impl Logins {
    pub(super) fn new(accounts: Arc<dyn Accounts>) -> Self {
        let open = Cache::builder().max_capacity(REMEMBERED).time_to_live(BELIEVED).build();
        Self { accounts, open }
    }

    /// Whether a login has neither ended nor expired.
    pub(super) async fn is_open(&self, session: SessionId, now: Timestamp) -> Result<bool> {
        if let Some(open) = self.open.get(&session) {
            return Ok(open);
        }
        let open = self.accounts.is_session_open(session, now).await?;
        // A login that was ended while we asked stays ended.
        Ok(self.open.get_with(session, || open) && open)
    }

    /// A login has ended: this gateway knows at once.
    pub(super) fn ended(&self, session: SessionId) {
        self.open.insert(session, false);
    }
}
