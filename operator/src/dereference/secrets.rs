//! The Secrets that a ChatCluster names. Of their content a hash goes on, which rolls the pods when it changes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use serde_json::json;
use talkline_crds::spec::SecretKey;

use crate::{
    build::hash,
    validate::{Credential, MONGO_PORT},
};

/// What was read, for as long as it is needed.
#[derive(Default)]
pub(crate) struct Secrets(BTreeMap<Credential, Vec<u8>>);

impl Secrets {
    /// A hash over all of it; none where there is nothing.
    pub(super) fn hash(&self) -> Option<String> {
        let lines: Vec<_> = self
            .0
            .iter()
            .map(|(credential, value)| json!([credential.secret, credential.key, value]))
            .collect();
        (!lines.is_empty()).then(|| hash(&json!(lines)))
    }

    /// Whether one of `credentials` that are in that Secret was not there.
    pub(super) fn lack(&self, secret: &str, credentials: &[Credential]) -> bool {
        let mut its = credentials.iter().filter(|credential| credential.secret == secret);
        its.any(|credential| !self.0.contains_key(credential))
    }

    /// One of them; nothing where it was not read.
    pub(crate) fn bytes(&self, credential: &Credential) -> &[u8] {
        self.0.get(credential).map(Vec::as_slice).unwrap_or_default()
    }

    /// The same as text.
    pub(crate) fn text(&self, credential: &Credential) -> &str {
        std::str::from_utf8(self.bytes(credential)).unwrap_or_default()
    }

    /// `host:port` of those in a MongoDB connection string.
    pub(crate) fn hosts(&self, url: &SecretKey) -> Vec<String> {
        hosts(self.text(&url.into()))
    }
}

/// Reads `credentials`, each Secret once. The one that is `awaited` may be missing, or not hold it yet.
///
/// # Errors
/// One is missing, which is said with its name; or the API server does not answer.
pub(super) async fn read(
    client: &Client,
    namespace: &str,
    credentials: &[Credential],
    awaited: Option<&str>,
) -> Result<Secrets, String> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let mut secrets: BTreeMap<&str, Option<Secret>> = BTreeMap::new();
    let mut read = BTreeMap::new();
    for credential in credentials {
        let name = credential.secret.as_str();
        if !secrets.contains_key(name) {
            let found = api
                .get_opt(name)
                .await
                .map_err(|error| format!("Secret {name} cannot be read: {error}"))?;
            secrets.insert(name, found);
        }
        let secret = secrets.get(name).and_then(Option::as_ref);
        match value(secret, credential, namespace) {
            Ok(value) => drop(read.insert(credential.clone(), value)),
            Err(_) if awaited == Some(name) => {}
            Err(missing) => return Err(missing),
        }
    }
    Ok(Secrets(read))
}

/// What a Secret that was found, or not, holds under a key.
fn value(secret: Option<&Secret>, credential: &Credential, namespace: &str) -> Result<Vec<u8>, String> {
    let Credential { secret: name, key } = credential;
    let secret = secret.ok_or_else(|| format!("Secret {name} is missing in namespace {namespace}: make it"))?;
    let value = secret.data.as_ref().and_then(|data| data.get(key));
    let value = value.ok_or_else(|| format!("Secret {name} has no key {key}: add it"))?;
    Ok(value.0.clone())
}

/// `host:port` of those in a MongoDB connection string, with the default port where none is named. With `mongodb+srv` only
/// DNS knows them.
fn hosts(url: &str) -> Vec<String> {
    let Some(rest) = url.strip_prefix("mongodb://") else {
        return Vec::new();
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    let whole = |host: &str| match host.contains(':') {
        true => host.to_owned(),
        false => format!("{host}:{MONGO_PORT}"),
    };
    hosts.split(',').map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_a_connection_string() {
        let table: [(&str, &[&str]); 4] = [
            (
                "mongodb://user:pa:ss@a:27018,b:27019/?replicaSet=rs0",
                &["a:27018", "b:27019"],
            ),
            ("mongodb://a,b:27017", &["a:27017", "b:27017"]),
            ("mongodb+srv://cluster.example.com", &[]),
            ("", &[]),
        ];
        for (url, expected) in table {
            assert_eq!(hosts(url), expected, "{url}");
        }
    }

    #[test]
    fn a_changed_key_changes_the_hash_and_nothing_has_none() {
        let read = |value: &str| {
            let credential = Credential {
                secret: "kafka".to_owned(),
                key: "password".to_owned(),
            };
            Secrets(BTreeMap::from([(credential, value.as_bytes().to_vec())]))
        };
        assert_eq!(read("a").hash(), read("a").hash());
        assert_ne!(read("a").hash(), read("b").hash());
        assert_eq!(Secrets(BTreeMap::new()).hash(), None);
    }
}
