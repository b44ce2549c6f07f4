//! Opening a socket of a user, and what is done when that fails.

use super::load::{Job, Load};
use crate::socket::connection::{Connection, Lost};

impl Load {
    /// Opens a user's socket of that number, to the gateway whose turn it is; a few handshakes at a time.
    pub(super) async fn connect(&self, user: usize, gateway: usize, number: usize) -> Result<Connection, Lost> {
        let account = self.account(user).ok_or(Lost::Closed)?;
        let _permit = self.handshakes.acquire().await.map_err(|_| Lost::Closed)?;
        let token = account.tokens().access_token.clone();
        let turn = user * self.options.sockets_per_user + number;
        let source = self.options.source.map(|sources| sources.of(turn));
        Connection::open(self.targets.of(gateway), source, &token).await
    }

    /// Counts it, and asks for a new token where the old one has expired.
    pub(super) fn connect_failed(&self, user: usize, lost: &Lost) {
        self.meter.counters.failed_connects.one();
        self.note_connect_error(lost);
        if matches!(lost, Lost::Refused(message) if **message == *"TOKEN_EXPIRED") {
            // A full queue drops it, and the next attempt asks again.
            _ = self.jobs.try_send(Job::Renew { user });
        }
    }
}
