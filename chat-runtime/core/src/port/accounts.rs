//! Accounts: users, their passwords' hashes, and their logins.

use async_trait::async_trait;

use crate::{
    error::Result,
    id::{SessionId, UserId},
    time::Timestamp,
    user::{Email, Session, User},
};

/// Users and sessions.
///
/// Law:
/// 1. An address belongs to one user at most, whatever is created at the same time.
/// 2. A refresh token (known here by its SHA-256 only) is good once. Of two rotations of one token, one wins.
/// 3. The use of an old token ends its session, and with it all tokens of the family.
/// 4. What returned is durable.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Creates a user; `false` if the address is taken. `password_hash` is a PHC string.
    async fn create(&self, user: &User, password_hash: &str) -> Result<bool>;

    /// The user with this address, and the password's hash.
    async fn credentials(&self, email: &Email) -> Result<Option<(User, String)>>;

    /// Users by id, those that exist, in any order.
    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>>;

    /// Users whose name or address contains `text` in any case (all, if empty), by name then id, from behind `after` on.
    async fn search(&self, text: &str, after: Option<UserId>, limit: usize) -> Result<UserPage>;

    /// Changes what a user may change; `None` if there is no such user.
    async fn update(&self, user: UserId, profile: &Profile) -> Result<Option<User>>;

    /// Begins a session with its first refresh token.
    async fn open_session(&self, session: &NewSession) -> Result<()>;

    /// Exchanges a refresh token for the next one, which is good until `expires_at`.
    async fn rotate(&self, old: &[u8; 32], new: &[u8; 32], now: Timestamp, expires_at: Timestamp) -> Result<Rotation>;

    /// Ends the session that this refresh token belongs to, and says which.
    async fn close_session(&self, token: &[u8; 32]) -> Result<Option<Session>>;

    /// Whether a session is neither ended nor expired.
    async fn is_session_open(&self, session: SessionId, now: Timestamp) -> Result<bool>;
}

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// SHA-256 of its first refresh token.
    pub token: [u8; 32],
}

/// What users may change of themselves. Absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// 1–100 characters.
    pub name: Option<String>,
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The new token is good.
    Rotated(Session),
    /// It had been used before: its session has now ended.
    Reused(Session),
    /// Unknown, expired, or of an ended session.
    Refused,
}

/// Some users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserPage {
    /// By name, then id.
    pub users: Vec<User>,
    /// Whether there are more.
    pub has_more: bool,
}
