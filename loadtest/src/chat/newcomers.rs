//! People who register while a run goes on, and do nothing but stay logged in: a login that ends, or whose tokens change, would take
//! the sockets of the run with it.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use goose::goose::GooseUser;
use serde_json::json;

use super::{
    accounts,
    load::Tokens,
    requests::{Asker, post},
};
use crate::measure::Kind;

/// Logins that are kept, at most: the oldest gives way. A refresh token is some 60 bytes.
const MOST: usize = 10_000;

/// Their refresh tokens. Each is good once, so who takes one out is the only one to use it.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    registered: AtomicU64,
    refresh_tokens: Mutex<VecDeque<String>>,
}

impl Newcomers {
    /// A number that no other has.
    pub(super) fn next(&self) -> u64 {
        self.registered.fetch_add(1, Relaxed)
    }

    /// The login that has been left alone for the longest, if there is one.
    pub(super) fn take(&self) -> Option<String> {
        self.tokens().pop_front()
    }

    /// A login, by its newest refresh token.
    pub(super) fn put(&self, refresh_token: String) {
        let mut tokens = self.tokens();
        if tokens.len() == MOST {
            tokens.pop_front();
        }
        tokens.push_back(refresh_token);
    }

    /// Right even if a holder panicked: each change is one call.
    fn tokens(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.refresh_tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asker<'_> {
    /// Registers somebody, or goes on with somebody who did.
    pub(super) async fn as_newcomer(&self, goose: &mut GooseUser, kind: Kind, intended: u64) {
        let load = self.load;
        let request = match kind {
            Kind::Register => {
                let email = format!("{:08x}-new-{}@load.example", load.run, load.newcomers.next());
                post("/api/v1/auth/register", accounts::registration(&email, "Load"))
            }
            _ => {
                let Some(refresh_token) = load.newcomers.take() else {
                    return load.skipped(kind);
                };
                let path = if kind == Kind::Refresh { "refresh" } else { "logout" };
                let body = json!({ "refreshToken": refresh_token });
                post(&format!("/api/v1/auth/{path}"), body)
            }
        };
        if let Some(answer) = self.ask(goose, kind, &request, None).await {
            load.answered(kind, intended, load.meter.now());
            // Logging out answers none.
            if let Ok(tokens) = serde_json::from_slice::<Tokens>(&answer.body) {
                load.newcomers.put(tokens.refresh_token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_taken_by_one_alone_and_their_number_is_bounded() {
        let newcomers = Newcomers::default();
        assert_eq!(newcomers.take(), None);
        (0..=MOST).for_each(|number| newcomers.put(number.to_string()));
        assert_eq!(newcomers.take().as_deref(), Some("1"), "the oldest gave way");
        let left = std::iter::from_fn(|| newcomers.take()).count();
        assert_eq!(left, MOST - 1);
    }
}
