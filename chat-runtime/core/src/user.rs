//! People: accounts, and logins (sessions) of theirs.

use serde::{Deserialize, Serialize};

use crate::{
    id::{SessionId, UserId},
    time::Timestamp,
};

/// How far the limits of a user reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tier {
    /// The configured limits.
    #[default]
    Standard,
    /// The configured limits times the premium multiplier.
    Premium,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Drawn at registration.
    pub id: UserId,
    /// Normalised by [`Email`]; unique.
    pub email: Email,
    /// 1–100 characters.
    pub name: String,
    /// The limits that apply.
    pub tier: Tier,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// An e-mail address: trimmed, lower case, of the form `local@domain`, at most 254 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The address in its normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = &'static str;

    /// Checks the form only. Whether mail arrives there is for a code sent by mail to find out.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        const FORM: &str = "must be an e-mail address";
        let email = text.trim().to_lowercase();
        let (local, domain) = email.rsplit_once('@').ok_or(FORM)?;
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | ',' | '"');
        let labels_ok = domain.split('.').all(|label| !label.is_empty());
        if local.is_empty() || email.len() > 254 || !labels_ok || email.replacen('@', "", 1).contains(forbidden) {
            return Err(FORM);
        }
        Ok(Self(email))
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

/// A login of a user: a family of refresh tokens, each used once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The family.
    pub id: SessionId,
    /// Whose login it is.
    pub user: UserId,
    /// When its newest refresh token ends.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let parse = |text: &str| Email::try_from(text.to_owned());
        assert_eq!(parse(" Ann@Example.ORG ").unwrap().as_str(), "ann@example.org");
        assert!(parse("ann@localhost").is_ok());
        for bad in [
            "",
            "ann",
            "@x.org",
            "ann@",
            "ann@x..org",
            "a nn@x.org",
            "ann@b@x.org",
            "<ann@x.org>",
            &"a".repeat(260),
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
