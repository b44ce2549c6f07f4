//! Kafka's credentials for KEDA, by reference to the Secrets in which they are.

use serde_json::{Map, Value, json};
use talkline_crds::spec::SaslMechanism;

use super::{
    Component, Object, kind,
    settings::kafka::{TOKEN_ENDPOINT, USERNAME},
};
use crate::validate::{Kafka, ValidatedCluster, Word};

/// Its name; none where Kafka wants no credentials.
pub(super) fn name(cluster: &ValidatedCluster) -> Option<String> {
    let wanted = cluster.kafka.sasl.is_some() || cluster.kafka.trust.is_some();
    wanted.then(|| cluster.child("kafka-lag"))
}

pub(super) fn build(cluster: &ValidatedCluster) -> Option<Object> {
    let name = name(cluster)?;
    let mut spec = json!({ "secretTargetRef": secrets(&cluster.kafka) });
    let variables = variables(&cluster.kafka);
    if !variables.is_empty() {
        spec["env"] = Value::Array(variables);
    }
    let body = json!({ "spec": spec });
    let object = Object::new(
        cluster,
        &kind::TRIGGER_AUTHENTICATION,
        Component::Worker.name(),
        name,
        body,
    );
    Some(object)
}

/// What is secret, by KEDA's names for it.
fn secrets(kafka: &Kafka) -> Vec<Value> {
    let reference =
        |parameter: &str, name: &str, key: &str| json!({ "parameter": parameter, "name": name, "key": key });
    let mut secrets = Vec::new();
    if let Some(sasl) = &kafka.sasl {
        if let Word::Secret(username) = &sasl.login.username {
            secrets.push(reference("username", &username.name, &username.key));
        }
        let password = &sasl.login.password;
        secrets.push(reference("password", &password.name, &password.key));
    }
    if let Some(trust) = &kafka.trust {
        if let Some(ca) = &trust.ca {
            secrets.push(reference("ca", &ca.name, &ca.key));
        }
        if let Some(identity) = &trust.identity {
            secrets.push(reference("cert", &identity.secret, identity.certificate));
            secrets.push(reference("key", &identity.secret, identity.key));
        }
    }
    secrets
}

/// What KEDA takes from the worker's environment: it knows these as parts of the credentials, though they are not secret.
fn variables(kafka: &Kafka) -> Vec<Value> {
    let variable = |parameter: &str, name: &str| json!({ "parameter": parameter, "name": name, "containerName": Component::Worker.name() });
    let Some(sasl) = &kafka.sasl else {
        return Vec::new();
    };
    let username = matches!(sasl.login.username, Word::Plain(_)).then(|| variable("username", USERNAME));
    let endpoint = sasl
        .token_endpoint
        .as_ref()
        .map(|_| variable("oauthTokenEndpointUri", TOKEN_ENDPOINT));
    username.into_iter().chain(endpoint).collect()
}

/// What of the access to Kafka is not secret, and stands in the trigger.
pub(super) fn metadata(kafka: &Kafka) -> Map<String, Value> {
    let mut metadata = Map::new();
    if kafka.trust.is_some() {
        metadata.insert("tls".to_owned(), json!("enable"));
    }
    if let Some(sasl) = &kafka.sasl {
        metadata.insert("sasl".to_owned(), json!(mechanism(sasl.mechanism)));
    }
    metadata
}

fn mechanism(mechanism: SaslMechanism) -> &'static str {
    match mechanism {
        SaslMechanism::Plain => "plaintext",
        SaslMechanism::ScramSha256 => "scram_sha256",
        SaslMechanism::ScramSha512 => "scram_sha512",
        SaslMechanism::OauthBearer => "oauthbearer",
    }
}
