//! Where the keys that sign access tokens come from.

use talkline_crds::spec::{SigningAlgorithm, TokensSpec};

use super::Invalid;

/// The Secret of the signing keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeySource {
    /// Its name.
    pub(crate) secret: String,
    /// Whether the operator makes and rotates it; else it is its user's.
    pub(crate) is_ours: bool,
    /// Seconds after which a new key signs; none for never.
    pub(crate) rotate_seconds: Option<u64>,
    /// Seconds that a token may live, so that an old key verifies at least as long.
    pub(crate) token_seconds: u64,
}

/// Seconds in a day.
const DAY: u64 = 24 * 60 * 60;

/// The Secret that is named, or one of our own.
pub(super) fn source(tokens: &TokensSpec, name: &str, wrong: &mut Vec<Invalid>) -> KeySource {
    let keys = &tokens.signing_keys;
    if keys.algorithm != SigningAlgorithm::EdDsa {
        let message = "this version signs with EdDsa only: remove the field";
        wrong.push(Invalid::new("spec.auth.tokens.signingKeys.algorithm", message));
    }
    KeySource {
        secret: keys.secret.clone().unwrap_or_else(|| format!("{name}-jwt-keys")),
        is_ours: keys.secret.is_none(),
        rotate_seconds: (keys.rotate_days > 0).then(|| u64::from(keys.rotate_days) * DAY),
        token_seconds: tokens.access_seconds.into(),
    }
}
