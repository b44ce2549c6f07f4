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

use crate::database::Database;

/// The accounts in a data folder.
pub(crate) struct SqliteAccounts {
    database: Database,
}

impl SqliteAccounts {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl Accounts for SqliteAccounts {
    async fn create(&self, user: &User, password_hash: &str) -> Result<bool> {
        let (user, hash) = (user.clone(), password_hash.to_owned());
        self.database
            .write("accounts.create", move |c| user::create(c, &user, &hash))
            .await
    }

    async fn credentials(&self, email: &Email) -> Result<Option<(User, String)>> {
        let email = email.clone();
        self.database
            .read("accounts.credentials", move |c| user::credentials(c, &email))
            .await
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>> {
        let ids = ids.to_vec();
        self.database
            .read("accounts.users", move |c| user::users(c, &ids))
            .await
    }

    async fn search(&self, text: &str, after: Option<UserId>, limit: usize) -> Result<UserPage> {
        let text = text.to_owned();
        self.database
            .read("accounts.search", move |c| user::search(c, &text, after, limit))
            .await
    }

    async fn update(&self, user: UserId, profile: &Profile) -> Result<Option<User>> {
        let profile = profile.clone();
        self.database
            .write("accounts.update", move |c| user::update(c, user, &profile))
            .await
    }

    async fn open_session(&self, session: &NewSession) -> Result<()> {
        let session = session.clone();
        self.database
            .write("accounts.open_session", move |c| session::open(c, &session))
            .await
    }

    async fn rotate(&self, old: &[u8; 32], new: &[u8; 32], now: Timestamp, expires_at: Timestamp) -> Result<Rotation> {
        let (old, new) = (*old, *new);
        let rotate = move |c: &rusqlite::Connection| session::rotate(c, &old, &new, now, expires_at);
        self.database.write("accounts.rotate", rotate).await
    }

    async fn close_session(&self, token: &[u8; 32]) -> Result<Option<Session>> {
        let token = *token;
        self.database
            .write("accounts.close_session", move |c| session::close(c, &token))
            .await
    }

    async fn is_session_open(&self, session: SessionId, now: Timestamp) -> Result<bool> {
        self.database
            .read("accounts.is_session_open", move |c| session::is_open(c, session, now))
            .await
    }
}
