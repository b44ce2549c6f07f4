//! Access tokens: JWTs (RFC 7519) signed with EdDSA, and nothing else.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode, errors::ErrorKind};
use serde::{Deserialize, Serialize};
use talkline_core::{
    id::{SessionId, UserId},
    time::Timestamp,
    user::Tier,
};

use super::{Identity, Keyring};
use crate::{
    config,
    problem::{Code, Problem},
};

/// Longer tokens are not looked at: ours have some 400 bytes.
const MAX_BYTES: usize = 4096;

/// Issues and verifies access tokens.
pub(super) struct Tokens {
    keys: RwLock<Arc<Keyring>>,
    validation: Validation,
    issuer: String,
    audience: String,
    ttl: Duration,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    tier: Tier,
    /// Seconds since the Unix epoch.
    iat: i64,
    /// Seconds since the Unix epoch.
    exp: i64,
}

impl Tokens {
    pub(super) fn new(keys: Keyring, config: &config::Auth) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&[&config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Compared below, with the gateway's clock and without leeway: who issued it is who reads it.
        validation.validate_exp = false;
        Self {
            keys: RwLock::new(Arc::new(keys)),
            validation,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            ttl: config.access_ttl,
        }
    }

    /// Signs and verifies with other keys from now on.
    pub(super) fn exchange(&self, keys: Keyring) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    fn keys(&self) -> Arc<Keyring> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A token for a login, good from `now` for the configured time.
    pub(super) fn issue(
        &self,
        user: UserId,
        session: SessionId,
        tier: Tier,
        now: Timestamp,
    ) -> Result<String, Problem> {
        let iat = now.as_millis().div_euclid(1000);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user,
            sid: session,
            tier,
            iat,
            exp: iat.saturating_add(i64::try_from(self.ttl.as_secs()).unwrap_or(i64::MAX)),
        };
        let keys = self.keys();
        let (kid, key) = &keys.signer;
        let header = Header {
            kid: Some(kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        encode(&header, &claims, key).map_err(|error| {
            tracing::error!(%error, "a token cannot be signed");
            Problem::new(Code::Internal)
        })
    }

    /// What a token says, if it is ours and whole. Whether it has expired is for the caller to see.
    pub(super) fn verify(&self, token: &str) -> Result<Identity, Problem> {
        let refuse = |why: String| {
            tracing::debug!(why, "a token is refused");
            Problem::new(Code::Unauthenticated)
        };
        if token.len() > MAX_BYTES {
            return Err(refuse("too long".into()));
        }
        let header = decode_header(token).map_err(|error| refuse(kind(error.kind())))?;
        let kid = header.kid.ok_or_else(|| refuse("no `kid`".into()))?;
        let keys = self.keys();
        let key = keys.verifiers.get(&kid).ok_or_else(|| refuse("unknown `kid`".into()))?;
        let claims = decode::<Claims>(token, key, &self.validation).map_err(|error| refuse(kind(error.kind())))?;
        let claims = claims.claims;
        Ok(Identity {
            user: claims.sub,
            session: claims.sid,
            tier: claims.tier,
            expires_at: Timestamp::from_millis(claims.exp.saturating_mul(1000)),
        })
    }
}

/// The sort of error, without what the token contains.
fn kind(error: &ErrorKind) -> String {
    match error {
        ErrorKind::Json(_) | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => "not a JWT of ours".into(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const LOGIN: SessionId = SessionId::from_bytes([2; 16]);

    fn tokens(text: &str) -> Tokens {
        Tokens::new(Keyring::parse(text).unwrap(), &config::Auth::default())
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(1_700_000_000_999)
    }

    #[test]
    fn says_who_and_until_when() {
        let tokens = tokens(&Keyring::generate().unwrap());
        let token = tokens.issue(ANN, LOGIN, Tier::Premium, now()).unwrap();
        let identity = tokens.verify(&token).unwrap();
        assert_eq!(
            (identity.user, identity.session, identity.tier),
            (ANN, LOGIN, Tier::Premium)
        );
        assert_eq!(identity.expires_at, Timestamp::from_millis(1_700_000_900_000));
    }

    #[test]
    fn keys_are_exchanged_while_it_runs() {
        let (old, new) = (Keyring::generate().unwrap(), Keyring::generate().unwrap());
        let tokens = tokens(&old);
        let before = tokens.issue(ANN, LOGIN, Tier::Standard, now()).unwrap();
        tokens.exchange(Keyring::parse(&new).unwrap());
        assert!(tokens.verify(&before).is_err());
        let after = tokens.issue(ANN, LOGIN, Tier::Standard, now()).unwrap();
        assert!(tokens.verify(&after).is_ok());
    }

    #[test]
    fn an_exchanged_key_still_verifies() {
        let (old, new) = (Keyring::generate().unwrap(), Keyring::generate().unwrap());
        let token = tokens(&old).issue(ANN, LOGIN, Tier::Standard, now()).unwrap();
        assert!(tokens(&new).verify(&token).is_err());
        let key = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["keys"][0].clone();
        let mut retired = key(&old);
        retired.as_object_mut().unwrap().remove("d");
        let both = json!({"keys": [key(&new), retired]}).to_string();
        assert!(tokens(&both).verify(&token).is_ok());
        let newer = tokens(&both).issue(ANN, LOGIN, Tier::Standard, now()).unwrap();
        assert!(tokens(&new).verify(&newer).is_ok());
    }

    #[test]
    fn forgeries_are_refused() {
        let text = Keyring::generate().unwrap();
        let ours = tokens(&text);
        let token = ours.issue(ANN, LOGIN, Tier::Standard, now()).unwrap();
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            panic!("a JWT has three parts")
        };
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let with_alg = |alg: &str| URL_SAFE_NO_PAD.encode(decoded.replace("EdDSA", alg));
        let premium = URL_SAFE_NO_PAD.encode(
            String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap())
                .unwrap()
                .replace("standard", "premium"),
        );
        for (what, forged) in [
            ("no algorithm", format!("{}.{claims}.", with_alg("none"))),
            ("a symmetric one", format!("{}.{claims}.{signature}", with_alg("HS256"))),
            ("other claims", format!("{header}.{premium}.{signature}")),
            ("cut off", token[..token.len() - 4].to_owned()),
            ("too long", format!("{token}{}", "A".repeat(MAX_BYTES))),
            ("nothing", String::new()),
        ] {
            let problem = ours.verify(&forged).unwrap_err();
            assert_eq!(problem.code(), Code::Unauthenticated, "{what}");
        }
        for other in [
            config::Auth {
                audience: "another".into(),
                ..config::Auth::default()
            },
            config::Auth {
                issuer: "another".into(),
                ..config::Auth::default()
            },
        ] {
            let other = Tokens::new(Keyring::parse(&text).unwrap(), &other);
            assert!(other.verify(&token).is_err() && ours.verify(&token).is_ok());
        }
    }
}
