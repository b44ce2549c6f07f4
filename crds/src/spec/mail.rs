//! How mail (sign-in codes, notifications) leaves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Credentials;

/// Mail. Without `smtp` it goes to an outbox that only `talkline up` shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MailSpec {
    /// The sender, as an address or `Name <address>`.
    #[schemars(length(min = 3, max = 320), regex(pattern = r"^[^\r\n]+@[^\r\n]+$"))]
    pub from: String,

    /// The server that takes our mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<Smtp>,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.encryption != 'None' || !has(self.credentials)",
    "message": "credentials would go over the wire in plain text: choose StartTls or Tls",
    "fieldPath": ".encryption"
}]))]
pub struct Smtp {
    /// Its host.
    #[schemars(length(min = 1, max = 253))]
    pub host: String,

    /// Its port.
    #[serde(default = "Smtp::submission")]
    #[schemars(range(min = 1, max = 65_535))]
    pub port: u16,

    /// How the connection is protected.
    #[serde(default)]
    pub encryption: SmtpEncryption,

    /// Who we are. Absent: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SmtpEncryption {
    /// Not at all: for a relay on the same host.
    None,
    /// STARTTLS, required.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
}

impl Smtp {
    /// The submission port (RFC 6409).
    fn submission() -> u16 {
        587
    }
}

impl Default for MailSpec {
    fn default() -> Self {
        Self {
            from: "Talkline <talkline@localhost>".to_owned(),
            smtp: None,
        }
    }
}
