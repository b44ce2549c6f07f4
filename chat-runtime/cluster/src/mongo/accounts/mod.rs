//! Accounts: users in one file, their logins in another.

mod session;
mod user;

use async_trait::async_trait;
use talkline_core::{
    Result,
    id::{SessionId, UserId},
    port::{Accounts, NewSession, Profile, Rotation, UserPage},
    time::Timestamp,
    user::{Email, Session, User},
};

use super::{
    connection::{Connection, Documents},
    error::Failure,
    layout::{SESSIONS, TOKENS, USERS},
};

/// The accounts' collections.
struct Collections {
    users: Documents,
    sessions: Documents,
    tokens: Documents,
}

/// The accounts in a database.
pub(super) struct MongoAccounts {
    connection: Connection,
    collections: Collections,
}

impl MongoAccounts {
    pub(super) fn new(connection: Connection) -> Self {
        let collections = Collections {
            users: connection.collection(USERS),
            sessions: connection.collection(SESSIONS),
            tokens: connection.collection(TOKENS),
        };
        Self {
            connection,
            collections,
        }
    }

    async fn call<T>(&self, operation: &'static str, work: impl Future<Output = Result<T, Failure>>) -> Result<T> {
        self.connection.call(operation, work).await
    }
}

#[async_trait]
impl Accounts for MongoAccounts {
    async fn create(&self, user: &User, password_hash: &str) -> Result<bool> {
        self.call("accounts.create", user::create(&self.collections, user, password_hash))
            .await
    }

    async fn credentials(&self, email: &Email) -> Result<Option<(User, String)>> {
        self.call("accounts.credentials", user::credentials(&self.collections, email))
            .await
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>> {
        self.call("accounts.users", user::users(&self.collections, ids)).await
    }

    async fn search(&self, text: &str, after: Option<UserId>, limit: usize) -> Result<UserPage> {
        self.call("accounts.search", user::search(&self.collections, text, after, limit))
            .await
    }

    async fn update(&self, user: UserId, profile: &Profile) -> Result<Option<User>> {
        self.call("accounts.update", user::update(&self.collections, user, profile))
            .await
    }

    async fn open_session(&self, session: &NewSession) -> Result<()> {
        self.call("accounts.open_session", session::open(&self.collections, session))
            .await
    }

    async fn rotate(&self, old: &[u8; 32], new: &[u8; 32], now: Timestamp, expires_at: Timestamp) -> Result<Rotation> {
        let rotate = session::rotate(&self.collections, old, new, now, expires_at);
        self.call("accounts.rotate", rotate).await
    }

    async fn close_session(&self, token: &[u8; 32]) -> Result<Option<Session>> {
        self.call("accounts.close_session", session::close(&self.collections, token))
            .await
    }

    async fn is_session_open(&self, session: SessionId, now: Timestamp) -> Result<bool> {
        self.call(
            "accounts.is_session_open",
            session::is_open(&self.collections, session, now),
        )
        .await
    }
}
