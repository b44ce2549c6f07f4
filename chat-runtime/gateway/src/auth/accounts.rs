//! Registering, logging in, and what begins and ends a login.
//!
//! A login is a family of refresh tokens (RFC 9700, section 4.14): each is good once and gives the next; the use of an
//! old one means that somebody else has it, and ends the whole family.

use std::{net::IpAddr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use talkline_core::{
    event::{Signal, UserEvent},
    id::{SessionId, UserId},
    port::{self, FanOut, NewSession, Rotation},
    time::Timestamp,
    user::{Email, Session, Tier, User},
};

use super::{Authenticator, Passwords, attempts::Attempts};
use crate::{
    clock::Clock,
    config,
    limits::Limits,
    ports::Ports,
    problem::{Code, Problem},
};

/// Users and their logins.
pub struct Accounts {
    accounts: Arc<dyn port::Accounts>,
    fan_out: Arc<dyn FanOut>,
    clock: Arc<dyn Clock>,
    authenticator: Authenticator,
    passwords: Passwords,
    attempts: Attempts,
    refresh_ttl: Duration,
    registration: config::Registration,
}

/// Somebody who registers.
pub struct Registration {
    /// Where they are reached; unique.
    pub email: Email,
    /// In clear, to be hashed.
    pub password: String,
    /// What they are called.
    pub name: String,
}

/// A login's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose.
    pub user: User,
    /// A JWT for the next minutes.
    pub access_token: String,
    /// Good once, for the next pair.
    pub refresh_token: String,
}

impl Accounts {
    /// Over the ports, with the authenticator whose tokens it issues.
    ///
    /// # Errors
    /// [`Invalid`](talkline_core::ErrorKind::Invalid) when the configured costs of hashing are impossible.
    pub fn new(
        ports: &Ports,
        limits: Limits,
        authenticator: Authenticator,
        config: &config::Auth,
    ) -> talkline_core::Result<Self> {
        Ok(Self {
            accounts: ports.accounts.clone(),
            fan_out: ports.fan_out.clone(),
            clock: ports.clock.clone(),
            authenticator,
            passwords: Passwords::new(&config.hashing)?,
            attempts: Attempts::new(limits),
            refresh_ttl: config.refresh_ttl,
            registration: config.registration.clone(),
        })
    }

    /// How many passwords are being hashed or wait for it.
    pub fn pending_hashes(&self) -> usize {
        self.passwords.pending()
    }

    /// A new user, logged in.
    ///
    /// # Errors
    /// `REGISTRATION_CLOSED`; `EMAIL_TAKEN`; `RATE_LIMITED` when this client has tried taken addresses too often; `OVERLOADED`.
    pub async fn register(&self, new: Registration, client: IpAddr) -> Result<Grant, Problem> {
        if !self.registration.allows(&new.email) {
            return Err(Problem::new(Code::RegistrationClosed));
        }
        let attempt = self.attempts.begin(&new.email, client).await?;
        let hash = self.passwords.hash(new.password).await?;
        let user = User {
            id: UserId::from_bytes(rand::random()),
            email: new.email,
            name: new.name,
            tier: Tier::Standard,
            created_at: self.clock.now(),
        };
        if !self.accounts.create(&user, &hash).await? {
            attempt.failed().await;
            return Err(Problem::new(Code::EmailTaken));
        }
        self.open(user).await
    }

    /// A user who knows the password, logged in.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`; `RATE_LIMITED` when the account or the client has failed too often; `OVERLOADED`.
    pub async fn login(&self, email: Email, password: String, client: IpAddr) -> Result<Grant, Problem> {
        let attempt = self.attempts.begin(&email, client).await?;
        let (user, hash) = self.accounts.credentials(&email).await?.unzip();
        let matches = self.passwords.verify(password, hash).await?;
        match user.filter(|_| matches) {
            Some(user) => self.open(user).await,
            None => {
                attempt.failed().await;
                Err(Problem::new(Code::InvalidCredentials))
            }
        }
    }

    /// The next pair of tokens.
    ///
    /// # Errors
    /// `REFRESH_REFUSED`; if the token had been used before, its login has now ended.
    pub async fn refresh(&self, token: &str) -> Result<Grant, Problem> {
        let refused = || Problem::new(Code::RefreshRefused);
        let next = RefreshToken::draw();
        let now = self.clock.now();
        let rotation = self
            .accounts
            .rotate(&digest(token), &next.digest, now, self.refresh_until(now))
            .await?;
        match rotation {
            Rotation::Rotated(session) => {
                let user = self.accounts.users(&[session.user]).await?.pop().ok_or_else(refused)?;
                self.grant(user, session.id, next)
            }
            Rotation::Reused(session) => {
                tracing::warn!(session = %session.id, user = %session.user, "a used refresh token came again: the login ends");
                self.ended(&session).await;
                Err(refused().with_detail("the token had been used before, so its login has ended"))
            }
            Rotation::Refused => Err(refused()),
        }
    }

    /// Ends the login of a refresh token, wherever its sockets are. A token of no login is as good as logged out.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn logout(&self, token: &str) -> Result<(), Problem> {
        if let Some(session) = self.accounts.close_session(&digest(token)).await? {
            self.ended(&session).await;
        }
        Ok(())
    }

    async fn open(&self, user: User) -> Result<Grant, Problem> {
        let token = RefreshToken::draw();
        let session = Session {
            id: SessionId::from_bytes(rand::random()),
            user: user.id,
            expires_at: self.refresh_until(self.clock.now()),
        };
        let id = session.id;
        let new = NewSession {
            session,
            token: token.digest,
        };
        self.accounts.open_session(&new).await?;
        self.grant(user, id, token)
    }

    fn grant(&self, user: User, session: SessionId, refresh: RefreshToken) -> Result<Grant, Problem> {
        let access_token = self.authenticator.issue(user.id, session, user.tier)?;
        Ok(Grant {
            user,
            access_token,
            refresh_token: refresh.text,
        })
    }

    /// Tells this gateway and all others. Those that miss it see it in the accounts within a second.
    async fn ended(&self, session: &Session) {
        self.authenticator.ended(session.id);
        let signal = Signal::User(session.user, UserEvent::SessionEnded(session.id));
        if let Err(error) = self.fan_out.publish(vec![signal]).await {
            tracing::warn!(%error, session = %session.id, "the end of a login could not be published");
        }
    }

    fn refresh_until(&self, now: Timestamp) -> Timestamp {
        let ttl = i64::try_from(self.refresh_ttl.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(now.as_millis().saturating_add(ttl))
    }
}

/// 256 random bits; the accounts know their hash only.
struct RefreshToken {
    text: String,
    digest: [u8; 32],
}

impl RefreshToken {
    fn draw() -> Self {
        let text = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let digest = digest(&text);
        Self { text, digest }
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
