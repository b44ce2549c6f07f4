//! The signing keys: as they are, brought to what they shall be now.

use std::time::{SystemTime, UNIX_EPOCH};

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, ResourceExt as _};

use crate::{
    build::{KEYS_FILE, KeySet, SECRET},
    controller::Context,
    validate::KeySource,
};

/// Keys of ours that were read, and of which version of their Secret.
#[derive(Debug)]
pub(crate) struct Read {
    version: String,
    keys: KeySet,
}

/// The keys that shall be; none where they are their user's. Ours are read again where the watch shows another version of the Secret than
/// was `read`, and before they change.
///
/// # Errors
/// The Secret cannot be read, or holds something that this operator did not make: it is never overwritten, since every token rests on it.
pub(super) async fn next(
    context: &Context,
    namespace: &str,
    source: &KeySource,
    read: &mut Option<Read>,
) -> Result<Option<KeySet>, String> {
    let (name, now) = (&source.secret, now());
    let shown = context.children.find(&SECRET, namespace, name);
    let shown = shown.and_then(|secret| secret.resource_version());
    if let Some(keys) = unchanged(read.as_ref(), shown.as_deref(), source, now) {
        return Ok(Some(keys));
    }
    let api: Api<Secret> = Api::namespaced(context.shared.client.clone(), namespace);
    let found = api
        .get_opt(name)
        .await
        .map_err(|error| format!("Secret {name} cannot be read: {error}"))?;
    let version = found.as_ref().and_then(Secret::resource_version);
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
    let known = version.zip(current.clone());
    *read = known.map(|(version, keys)| Read { version, keys });
    Ok(Some(KeySet::next(current, source, now)))
}

/// What was read, where it is still that, and stays as it is.
fn unchanged(read: Option<&Read>, shown: Option<&str>, source: &KeySource, now: u64) -> Option<KeySet> {
    let read = read.filter(|read| source.is_ours && shown == Some(read.version.as_str()))?;
    let next = KeySet::next(Some(read.keys.clone()), source, now);
    (next == read.keys).then_some(next)
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    #[test]
    fn keys_are_read_again_where_the_secret_is_another_and_before_they_change() {
        let source = KeySource {
            secret: "chat-jwt-keys".to_owned(),
            is_ours: true,
            rotate_seconds: Some(90 * DAY),
            token_seconds: 900,
        };
        let keys = KeySet::next(None, &source, 0);
        let read = Read {
            version: "7".to_owned(),
            keys: keys.clone(),
        };
        let at = |shown, now| unchanged(Some(&read), shown, &source, now);
        assert_eq!(at(Some("7"), DAY), Some(keys));
        assert_eq!(at(Some("8"), DAY), None);
        assert_eq!(at(None, DAY), None, "it is gone, or not to be seen yet");
        assert_eq!(at(Some("7"), 91 * DAY), None, "a successor is due");
        assert_eq!(unchanged(None, Some("7"), &source, DAY), None);
        let theirs = KeySource {
            is_ours: false,
            ..source
        };
        assert_eq!(unchanged(Some(&read), Some("7"), &theirs, DAY), None);
    }
}
