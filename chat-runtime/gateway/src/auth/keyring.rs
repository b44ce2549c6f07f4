//! The keys of access tokens: one signs, all verify, so that keys can be exchanged while old tokens are in use.
//!
//! The file is a JWK Set (RFC 7517) of Ed25519 keys (RFC 8037). The first key with a private part (`d`) signs. To
//! exchange keys, put the new one second, wait until every gateway has it, then put it first; keep the old one, its `d`
//! removed, until its last token has expired. A member of our own, `talkline.dev/made`, says when a key was made.

use std::{
    collections::HashMap,
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, VerifyingKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Text that is not a set of keys to sign and verify with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// Not a JWK Set.
    #[error("not a JSON Web Key Set: {0}")]
    Form(String),
    /// A key of another kind, or a damaged one.
    #[error("key {index}: {why}")]
    Key {
        /// Its place in the set, from 0.
        index: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No key has a private part.
    #[error("no key can sign: none has `d`")]
    NoSigner,
}

/// The keys, with one that signs.
pub struct Keyring {
    pub(super) signer: (String, EncodingKey),
    pub(super) verifiers: HashMap<String, DecodingKey>,
    signer_made: Option<u64>,
}

impl fmt::Debug for Keyring {
    /// The keys' names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.verifiers.keys()).finish()
    }
}

#[derive(Serialize, Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

/// An Ed25519 key (RFC 8037).
#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    /// Seconds since 1970.
    #[serde(rename = "talkline.dev/made", default, skip_serializing_if = "Option::is_none")]
    made: Option<u64>,
}

impl Keyring {
    /// When the key that signs was made, in seconds since 1970, if its file says so.
    pub fn signer_made(&self) -> Option<u64> {
        self.signer_made
    }

    /// A new key set with one new key, as the text of its file. Keep it as secret as a password.
    ///
    /// # Errors
    /// Never in practice: the set can be written as JSON.
    pub fn generate() -> Result<String, InvalidKeys> {
        let key = SigningKey::from_bytes(&rand::random());
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let set = Set {
            keys: vec![Jwk {
                kty: "OKP".into(),
                crv: "Ed25519".into(),
                kid: Some(thumbprint(&x)),
                x,
                d: Some(URL_SAFE_NO_PAD.encode(key.as_bytes())),
                made: SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .ok()
                    .map(|age| age.as_secs()),
            }],
        };
        serde_json::to_string_pretty(&set).map_err(|error| InvalidKeys::Form(error.to_string()))
    }

    /// Reads a key set.
    ///
    /// # Errors
    /// When it has not the form, a key is not a sound Ed25519 key, or none can sign.
    pub fn parse(text: &str) -> Result<Self, InvalidKeys> {
        let set: Set = serde_json::from_str(text).map_err(|error| InvalidKeys::Form(error.to_string()))?;
        let mut signer = None;
        let mut verifiers = HashMap::new();
        for (index, jwk) in set.keys.into_iter().enumerate() {
            let wrong = |why| InvalidKeys::Key { index, why };
            let kid = jwk.kid.clone().unwrap_or_else(|| thumbprint(&jwk.x));
            if let Some(key) = jwk.signing_key().map_err(wrong)? {
                signer.get_or_insert(((kid.clone(), key), jwk.made));
            }
            let key = DecodingKey::from_ed_components(&jwk.x).map_err(|_| wrong("`x` is not base64url"))?;
            if verifiers.insert(kid, key).is_some() {
                return Err(wrong("`kid` is in the set twice"));
            }
        }
        let (signer, signer_made) = signer.ok_or(InvalidKeys::NoSigner)?;
        Ok(Self {
            signer,
            verifiers,
            signer_made,
        })
    }
}

impl Jwk {
    /// The key to sign with, if it has one; and whether the key as a whole is sound.
    fn signing_key(&self) -> Result<Option<EncodingKey>, &'static str> {
        if self.kty != "OKP" || self.crv != "Ed25519" {
            return Err("only `kty` OKP with `crv` Ed25519 is supported");
        }
        let public = bytes(&self.x).ok_or("`x` is not 32 bytes in base64url")?;
        let public = VerifyingKey::from_bytes(&public).map_err(|_| "`x` is not a point of the curve")?;
        let Some(d) = &self.d else { return Ok(None) };
        let private = SigningKey::from_bytes(&bytes(d).ok_or("`d` is not 32 bytes in base64url")?);
        if private.verifying_key() != public {
            return Err("`d` and `x` are not of one key");
        }
        let der = private.to_pkcs8_der().map_err(|_| "`d` cannot be encoded")?;
        Ok(Some(EncodingKey::from_ed_der(der.as_bytes())))
    }
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// RFC 7638, section 3, of an Ed25519 key.
fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, appendix A.1; its thumbprint in A.3.
    const EXAMPLE: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    #[test]
    fn reads_the_example_of_the_standard() {
        let ring = Keyring::parse(EXAMPLE).unwrap();
        assert_eq!(ring.signer.0, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_is_generated_can_be_read_and_shows_no_secret() {
        let text = Keyring::generate().unwrap();
        assert_ne!(text, Keyring::generate().unwrap());
        let ring = format!("{:?}", Keyring::parse(&text).unwrap());
        let set: Set = serde_json::from_str(&text).unwrap();
        assert!(!ring.contains(set.keys[0].d.as_deref().unwrap()), "{ring}");
        assert_eq!(Keyring::parse(&text).unwrap().signer_made(), set.keys[0].made);
        assert!(set.keys[0].made.is_some());
        assert_eq!(Keyring::parse(EXAMPLE).unwrap().signer_made(), None);
    }

    #[test]
    fn unsound_keys_are_refused() {
        let public_only = EXAMPLE.replace(r#""d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","#, "");
        assert_eq!(Keyring::parse(&public_only).unwrap_err(), InvalidKeys::NoSigner);
        assert!(matches!(Keyring::parse("PEM").unwrap_err(), InvalidKeys::Form(_)));
        for (from, to) in [
            ("OKP", "RSA"),
            ("nWGx", "nWGy"),
            ("\"11qY", "\"22qY"),
            ("\"11qY", "\"qY"),
            ("\"nWGx", "\"Gx"),
        ] {
            let bad = EXAMPLE.replacen(from, to, 1);
            assert!(
                matches!(Keyring::parse(&bad).unwrap_err(), InvalidKeys::Key { index: 0, .. }),
                "{bad}"
            );
        }
        let key = &EXAMPLE[9..EXAMPLE.len() - 2];
        let twice = format!(r#"{{"keys":[{key},{key}]}}"#);
        assert!(matches!(
            Keyring::parse(&twice).unwrap_err(),
            InvalidKeys::Key { index: 1, .. }
        ));
    }
}
