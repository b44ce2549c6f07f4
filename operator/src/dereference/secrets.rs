//! The Secrets that a ChatCluster names. Of their content a hash goes on, which rolls the pods when it changes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use serde_json::json;

use crate::{build::hash, validate::Credential};

/// What was read, for as long as it is needed.
pub(super) struct Read(BTreeMap<Credential, Vec<u8>>);

impl Read {
    /// A hash over all of it; none where there is nothing.
    pub(super) fn hash(&self) -> Option<String> {
        let lines: Vec<_> = self
            .0
            .iter()
            .map(|(credential, value)| json!([credential.secret, credential.key, value]))
            .collect();
        (!lines.is_empty()).then(|| hash(&json!(lines)))
    }

    /// One of them.
    pub(super) fn text(&self, credential: &Credential) -> &str {
        let value = self.0.get(credential).map(Vec::as_slice).unwrap_or_default();
        std::str::from_utf8(value).unwrap_or_default()
    }
}

/// Reads `credentials`, each Secret once.
///
/// # Errors
/// One is missing, which is said with its name; or the API server does not answer.
pub(super) async fn read(client: &Client, namespace: &str, credentials: &[Credential]) -> Result<Read, String> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let mut secrets: BTreeMap<&str, Secret> = BTreeMap::new();
    let mut read = BTreeMap::new();
    for credential in credentials {
        let name = credential.secret.as_str();
        if !secrets.contains_key(name) {
            let found = api
                .get_opt(name)
                .await
                .map_err(|error| format!("Secret {name} cannot be read: {error}"))?;
            let found = found.ok_or_else(|| format!("Secret {name} is missing in namespace {namespace}: make it"))?;
            secrets.insert(name, found);
        }
        let data = secrets.get(name).and_then(|secret| secret.data.as_ref());
        let value = data.and_then(|data| data.get(&credential.key));
        let value = value.ok_or_else(|| format!("Secret {name} has no key {}: add it", credential.key))?;
        read.insert(credential.clone(), value.0.clone());
    }
    Ok(Read(read))
}

/// The ports in a MongoDB connection string; the default where an address names none. With `mongodb+srv` only DNS knows them.
pub(super) fn ports(url: &str) -> Vec<u16> {
    let Some(rest) = url.strip_prefix("mongodb://") else {
        return Vec::new();
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    let port = |host: &str| {
        host.rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok())
            .unwrap_or(27_017)
    };
    let mut ports: Vec<u16> = hosts.split(',').map(port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_a_connection_string() {
        let table: [(&str, &[u16]); 4] = [
            (
                "mongodb://user:pa:ss@a:27018,b:27019/?replicaSet=rs0",
                &[27_018, 27_019],
            ),
            ("mongodb://a,b:27017", &[27_017]),
            ("mongodb+srv://cluster.example.com", &[]),
            ("", &[]),
        ];
        for (url, expected) in table {
            assert_eq!(ports(url), expected, "{url}");
        }
    }

    #[test]
    fn a_changed_key_changes_the_hash_and_nothing_has_none() {
        let read = |value: &str| {
            let credential = Credential {
                secret: "kafka".to_owned(),
                key: "password".to_owned(),
            };
            Read(BTreeMap::from([(credential, value.as_bytes().to_vec())]))
        };
        assert_eq!(read("a").hash(), read("a").hash());
        assert_ne!(read("a").hash(), read("b").hash());
        assert_eq!(Read(BTreeMap::new()).hash(), None);
    }
}
