//! References to Secrets, and TLS. A ChatCluster names secrets; it never holds one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One key of a Secret in the cluster's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKey {
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,

    /// The key within it.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub key: String,
}

/// A user name and its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Where the user name is.
    pub username: SecretKey,

    /// Where the password is.
    pub password: SecretKey,
}

/// TLS to a server. Its presence switches TLS on; the server's certificate is always checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Tls {
    /// The authorities to trust, as PEM. Absent: those of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<SecretKey>,

    /// The Secret (type `kubernetes.io/tls`) with the certificate and key that this side shows. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub client_secret: Option<String>,
}
