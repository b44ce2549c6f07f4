//! Somebody who is logged in.

use anyhow::Result;
use serde_json::Value;

use crate::api::{Reply, text};

/// A user with one login.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user's id.
    pub id: String,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl Account {
    pub(crate) fn of(reply: &Reply) -> Result<Self> {
        let body = reply.json()?;
        let field = |value: &Value, name| text(value, name).map(str::to_owned);
        Ok(Self {
            id: field(&body["user"], "id")?,
            access: field(&body, "accessToken")?,
            refresh: field(&body, "refreshToken")?,
        })
    }
}
