//! The signing keys: as they are, brought to what they shall be now.

use std::time::{SystemTime, UNIX_EPOCH};

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};

use crate::{
    build::{KEYS_FILE, KeySet},
    validate::KeySource,
};

/// The keys that shall be; none where they are their user's.
///
/// # Errors
/// The Secret cannot be read, or holds something that this operator did not make: it is never overwritten, since every token rests on it.
pub(super) async fn next(client: &Client, namespace: &str, source: &KeySource) -> Result<Option<KeySet>, String> {
    let name = &source.secret;
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let found = api
        .get_opt(name)
        .await
        .map_err(|error| format!("Secret {name} cannot be read: {error}"))?;
    let value = found
        .and_then(|secret| secret.data)
        .and_then(|mut data| data.remove(KEYS_FILE));
    if !source.is_ours {
        let missing =
            || format!("Secret {name} is missing or has no key {KEYS_FILE}: put a JWK Set there (talkline keys)");
        return value.map(|_| None).ok_or_else(missing);
    }
    let current = match value {
        None => None,
        Some(value) => {
            let text = String::from_utf8_lossy(&value.0).into_owned();
            let unknown = || format!("Secret {name} holds no keys of this operator: delete it to have new ones made");
            Some(KeySet::parse(&text).ok_or_else(unknown)?)
        }
    };
    Ok(Some(KeySet::next(current, source, now())))
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
