//! Who may come in, and how long a token lives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PasswordSpec, PasswordlessSpec, TokensSpec};

/// Accounts, sign-in and tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.password.enabled || self.passwordless.enabled",
    "message": "nobody could sign in: enable password or passwordless"
}]))]
pub struct AuthSpec {
    /// Who may make an account.
    pub registration: Registration,

    /// Domains of mail addresses that may make an account. Empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 253)))]
    pub allowed_email_domains: Vec<String>,

    /// Sign-in by password.
    pub password: PasswordSpec,

    /// Sign-in by a code sent by mail.
    pub passwordless: PasswordlessSpec,

    /// Access and refresh tokens.
    pub tokens: TokensSpec,

    /// Whether `talkline up` makes two accounts to try with and prints their passwords. The operator ignores it.
    pub demo_accounts: bool,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Registration {
    /// Anyone.
    #[default]
    Open,
    /// Nobody: accounts exist already.
    Closed,
}
