//! The keys that sign access tokens: made once, kept, and exchanged with overlap, so that no valid token is ever refused.
//!
//! The document is the runtime's JWK Set (RFC 7517, Ed25519 keys of RFC 8037): its first key with a private part signs, all of them
//! verify. Two members of our own say when a key was made and when it ceased to sign, so the document alone says what is to be done next
//! (others ignore them, as the standard demands):
//!
//! 1. A new key comes second: it verifies. Gateways read the file again by themselves, but not all at once.
//! 2. When every gateway has it, it moves to the front: it signs. The old one loses its private part.
//! 3. When the old one's last token has expired, it goes.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Object, kind};
use crate::validate::{KeySource, ValidatedCluster};

/// The key of the Secret, and the file's name.
pub(crate) const KEYS_FILE: &str = "keys.json";

/// Seconds until every gateway has a new key: the kubelet brings a Secret within two minutes, a gateway looks every ten seconds.
const SPREAD: u64 = 10 * 60;

/// Seconds by which clocks may differ.
const SKEW: u64 = 5 * 60;

/// The signing keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeySet {
    keys: Vec<Key>,
}

/// One of them. Its private part is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    kty: String,
    crv: String,
    kid: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<String>,
    /// When it was made, in seconds since 1970.
    #[serde(rename = "talkline.dev/made")]
    made: u64,
    /// When it ceased to sign.
    #[serde(rename = "talkline.dev/retired", default, skip_serializing_if = "Option::is_none")]
    retired: Option<u64>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kid, made, retired, .. } = self;
        write!(
            f,
            "Key({kid}, made {made}, retired {retired:?}, signs: {})",
            self.d.is_some()
        )
    }
}

impl Key {
    fn generate(now: u64) -> Self {
        let key = SigningKey::from_bytes(&rand::random());
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        // RFC 7638, section 3.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)),
            x,
            d: Some(URL_SAFE_NO_PAD.encode(key.as_bytes())),
            made: now,
            retired: None,
        }
    }
}

impl KeySet {
    /// The keys in a Secret's text; none where it is not a set that this operator made.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text)
            .ok()
            .filter(|set: &Self| set.keys.iter().any(|key| key.d.is_some()))
    }

    /// What the keys shall be at `now`, given what they are. Without any, a first one is made; nothing else is ever made anew.
    pub(crate) fn next(current: Option<Self>, source: &KeySource, now: u64) -> Self {
        let Some(mut set) = current else {
            return Self {
                keys: vec![Key::generate(now)],
            };
        };
        let is_over = |key: &Key| key.retired.is_some_and(|at| now >= at + source.token_seconds + SKEW);
        set.keys.retain(|key| !is_over(key));
        set.promote(now);
        set.renew(source, now);
        set
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A key that has spread signs, and the one before it only verifies.
    fn promote(&mut self, now: u64) {
        let waiting = self.keys.iter().skip(1).position(|key| key.d.is_some());
        let Some(waiting) = waiting
            .map(|position| position + 1)
            .filter(|at| now >= self.keys[*at].made + SPREAD)
        else {
            return;
        };
        let key = self.keys.remove(waiting);
        for old in &mut self.keys {
            if old.d.take().is_some() {
                old.retired = Some(now);
            }
        }
        self.keys.insert(0, key);
    }

    /// A key that has signed for long enough gets a successor, which waits behind it.
    fn renew(&mut self, source: &KeySource, now: u64) {
        let signers = self.keys.iter().filter(|key| key.d.is_some()).count();
        let is_old = |key: &Key| source.rotate_seconds.is_some_and(|seconds| now >= key.made + seconds);
        if signers == 1 && self.keys.first().is_some_and(is_old) {
            self.keys.insert(1, Key::generate(now));
        }
    }
}

/// The Secret, where it is ours. In a plan, where there are no keys, it is shown without content.
pub(super) fn build(cluster: &ValidatedCluster, keys: Option<&KeySet>) -> Option<Object> {
    let source = &cluster.keys;
    source.is_ours.then(|| {
        let mut body = json!({ "type": "Opaque" });
        if let Some(keys) = keys {
            body["data"] = json!({ KEYS_FILE: STANDARD.encode(keys.text()) });
        }
        Object::new(cluster, &kind::SECRET, "jwt-keys", source.secret.clone(), body)
    })
}

#[cfg(test)]
mod tests;
