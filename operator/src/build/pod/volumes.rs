//! What is mounted: the configuration, the signing keys (into gateways only), and certificates, gathered in one volume.

use serde_json::{Value, json};

use crate::{
    build::{Component, jwt_keys::KEYS_FILE, settings::Settings},
    validate::ValidatedCluster,
};

pub(super) fn build(cluster: &ValidatedCluster, component: Component, settings: &Settings) -> Value {
    let mut volumes = vec![json!({ "name": "config", "configMap": { "name": cluster.child("config") } })];
    if component == Component::Gateway {
        let items = json!([{ "key": KEYS_FILE, "path": KEYS_FILE }]);
        volumes.push(json!({ "name": "keys", "secret": { "secretName": cluster.keys.secret, "items": items } }));
    }
    if !settings.files.is_empty() {
        volumes.push(json!({ "name": "trust", "projected": { "sources": settings.files } }));
    }
    Value::Array(volumes)
}
