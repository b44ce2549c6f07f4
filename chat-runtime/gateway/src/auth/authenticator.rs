//! From an access token to who sent it. A token's signature is checked once; that its login is open, every second.

use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest, Sha256};
use talkline_core::{
    id::{SessionId, UserId},
    port::Accounts,
    user::Tier,
};

use super::{Identity, Keyring, logins::Logins, token::Tokens};
use crate::{
    clock::Clock,
    config,
    problem::{Code, Problem},
};

/// Verified tokens remembered at a time.
const REMEMBERED: u64 = 200_000;

/// Verifies access tokens; a clone is the same one.
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
}

struct Inner {
    tokens: Tokens,
    logins: Logins,
    clock: Arc<dyn Clock>,
    /// By SHA-256 of the token, so that no memory dump has tokens in it.
    verified: Cache<[u8; 32], Identity>,
}

impl Authenticator {
    /// Tokens signed with `keys` for logins known to `accounts`.
    pub fn new(keys: Keyring, accounts: Arc<dyn Accounts>, clock: Arc<dyn Clock>, config: &config::Auth) -> Self {
        let inner = Inner {
            tokens: Tokens::new(keys, config),
            logins: Logins::new(accounts),
            clock,
            verified: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(config.access_ttl)
                .build(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Who sent this token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for a token that is not ours or whose login has ended, `TOKEN_EXPIRED`, and `UNAVAILABLE`
    /// when the logins cannot be read.
    pub async fn verify(&self, token: &str) -> Result<Identity, Problem> {
        let identity = self.read(token)?;
        let now = self.inner.clock.now();
        if identity.expires_at <= now {
            return Err(Problem::new(Code::TokenExpired));
        }
        if self.is_open(identity.session).await? {
            Ok(identity)
        } else {
            Err(Problem::new(Code::Unauthenticated).with_detail("the login has ended"))
        }
    }

    /// Whether a login has neither ended nor expired; the answer may be a second old.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the logins cannot be read.
    pub async fn is_open(&self, session: SessionId) -> Result<bool, Problem> {
        Ok(self.inner.logins.is_open(session, self.inner.clock.now()).await?)
    }

    /// A login has ended, as this gateway did or heard: its tokens are refused from now on.
    pub fn ended(&self, session: SessionId) {
        self.inner.logins.ended(session);
    }

    /// Signs and verifies with other keys from now on: a token whose key is not among them is refused at once.
    pub fn exchange_keys(&self, keys: Keyring) {
        self.inner.tokens.exchange(keys);
        self.inner.verified.invalidate_all();
    }

    pub(super) fn issue(&self, user: UserId, session: SessionId, tier: Tier) -> Result<String, Problem> {
        self.inner.tokens.issue(user, session, tier, self.inner.clock.now())
    }

    fn read(&self, token: &str) -> Result<Identity, Problem> {
        let key: [u8; 32] = Sha256::digest(token).into();
        if let Some(identity) = self.inner.verified.get(&key) {
            return Ok(identity);
        }
        let identity = self.inner.tokens.verify(token)?;
        self.inner.verified.insert(key, identity);
        Ok(identity)
    }
}
