//! The two ways to sign in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sign-in by password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PasswordSpec {
    /// Whether it is offered.
    pub enabled: bool,

    /// The shortest password accepted, in characters. (The longest is 1,024 bytes, so that hashing one has a bound.)
    #[schemars(range(min = 8, max = 128))]
    pub min_length: u32,

    /// What hashing one password costs.
    pub hash: HashSpec,
}

/// Argon2id's parameters. Stored hashes carry their own; one made with others is renewed at the next sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct HashSpec {
    /// Memory, in KiB.
    #[schemars(range(min = 8_192, max = 1_048_576))]
    pub memory_kib: u32,

    /// Passes over the memory.
    #[schemars(range(min = 1, max = 16))]
    pub iterations: u32,
}

/// Sign-in by a 6-digit code sent by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PasswordlessSpec {
    /// Whether it is offered.
    pub enabled: bool,

    /// Seconds that a code is good for.
    #[schemars(range(min = 60, max = 3_600))]
    pub code_seconds: u32,

    /// Wrong tries after which a code is void.
    #[schemars(range(min = 1, max = 10))]
    pub max_tries: u32,
}

impl Default for PasswordSpec {
    /// NIST SP 800-63B's shortest.
    fn default() -> Self {
        Self {
            enabled: true,
            min_length: 8,
            hash: HashSpec::default(),
        }
    }
}

impl Default for HashSpec {
    /// OWASP's recommendation for Argon2id: 19 MiB, 2 passes, 1 lane.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
        }
    }
}

impl Default for PasswordlessSpec {
    fn default() -> Self {
        Self {
            enabled: true,
            code_seconds: 300,
            max_tries: 5,
        }
    }
}
