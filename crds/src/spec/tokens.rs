//! Access tokens (JWT), refresh tokens, and the keys that sign.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Access and refresh tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "self.accessSeconds < self.refreshSeconds",
    "message": "accessSeconds must be less than refreshSeconds",
    "fieldPath": ".accessSeconds"
}]))]
pub struct TokensSpec {
    /// Seconds that an access token lives.
    #[schemars(range(min = 30, max = 86_400))]
    pub access_seconds: u32,

    /// Seconds that an unused refresh token lives; each use makes a new one.
    #[schemars(range(min = 60, max = 31_536_000))]
    pub refresh_seconds: u32,

    /// The `iss` of tokens. Absent: `talkline`. Another one ends every access token in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub issuer: Option<String>,

    /// The `aud` of tokens.
    #[schemars(length(min = 1, max = 255))]
    pub audience: String,

    /// The signing keys.
    pub signing_keys: SigningKeysSpec,
}

/// The keys that sign access tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "!has(self.secret) || self.rotateDays == 0",
    "message": "keys of your own Secret are yours to rotate: set rotateDays to 0",
    "fieldPath": ".rotateDays"
}]))]
pub struct SigningKeysSpec {
    /// A Secret of this namespace that holds the keys. Absent: the operator makes and rotates them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub secret: Option<String>,

    /// The algorithm of keys that are made; tokens of any other are refused.
    pub algorithm: SigningAlgorithm,

    /// Days after which a new key signs; the old one verifies until its last token has expired. 0: never.
    #[schemars(range(min = 0, max = 3_650))]
    pub rotate_days: u32,
}

/// JWT signature algorithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SigningAlgorithm {
    /// EdDSA on Ed25519.
    #[default]
    EdDsa,
    /// ECDSA on P-256.
    Es256,
    /// RSA, 2,048 bits.
    Rs256,
}

impl Default for TokensSpec {
    fn default() -> Self {
        Self {
            access_seconds: 900,
            refresh_seconds: 604_800,
            issuer: None,
            audience: "talkline".to_owned(),
            signing_keys: SigningKeysSpec::default(),
        }
    }
}

impl Default for SigningKeysSpec {
    fn default() -> Self {
        Self {
            secret: None,
            algorithm: SigningAlgorithm::default(),
            rotate_days: 90,
        }
    }
}
