//! What gateways and workers are told: a YAML file (see `docs/configuration.md`), environment variables for what is secret, and files
//! for certificates. Each server has a file here that says all three for it.

mod access;
mod chat;
pub(super) mod kafka;
mod mongo;
mod redis;

use serde_json::{Map, Value, json};

use crate::validate::{ValidatedCluster, Word};

/// The folder where Secrets with certificates are mounted.
pub(super) const TRUST: &str = "/etc/talkline/trust";
/// The folder where the signing keys are mounted.
pub(super) const KEYS: &str = "/etc/talkline/keys";
/// The folder where the configuration is mounted.
pub(super) const CONFIG: &str = "/etc/talkline/config";

/// The ports of a pod.
pub(crate) const HTTP_PORT: u16 = 8080;
/// Health and metrics.
pub(crate) const ADMIN_PORT: u16 = 9090;

/// All that the runtime is told.
#[derive(Debug)]
pub(super) struct Settings {
    /// The file, by sections.
    pub(super) yaml: Value,
    /// `env` of the container.
    pub(super) environment: Vec<Value>,
    /// `sources` of the projected volume at [`TRUST`].
    pub(super) files: Vec<Value>,
}

/// What the pods of `cluster` are told.
pub(super) fn of(cluster: &ValidatedCluster) -> Settings {
    let mut settings = Settings {
        yaml: chat::yaml(cluster),
        environment: vec![json!({
            "name": "TALKLINE_NAME",
            "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } },
        })],
        files: Vec::new(),
    };
    kafka::tell(&mut settings, cluster);
    mongo::tell(&mut settings, &cluster.mongo, &cluster.spec.mongo);
    redis::tell(&mut settings, &cluster.redis, &cluster.spec.redis);
    settings
}

impl Settings {
    /// Adds a section to the file.
    fn section(&mut self, name: &str, values: Map<String, Value>) {
        self.yaml[name] = Value::Object(values);
    }

    /// Adds a variable: a text, or a reference to a Secret.
    fn variable(&mut self, name: &str, word: &Word) {
        self.environment.push(match word {
            Word::Plain(value) => json!({ "name": name, "value": value }),
            Word::Secret(key) => json!({
                "name": name,
                "valueFrom": { "secretKeyRef": { "name": key.name, "key": key.key } },
            }),
        });
    }
}
