//! The log.

use serde_json::{Map, json};
use talkline_crds::spec::{Compression, SaslMechanism};

use super::Settings;
use crate::validate::{ValidatedCluster, Word};

/// The beginning of the names of the login's variables.
const SASL: &str = "TALKLINE_KAFKA_SASL";
/// The user's name. A variable even where it is not secret, since KEDA can take it from there.
pub(in crate::build) const USERNAME: &str = "TALKLINE_KAFKA_SASL_USERNAME";
/// Where `OauthBearer` gets its tokens; a variable for the same reason.
pub(in crate::build) const TOKEN_ENDPOINT: &str = "TALKLINE_KAFKA_SASL_TOKEN_ENDPOINT";

pub(super) fn tell(settings: &mut Settings, cluster: &ValidatedCluster) {
    let (kafka, spec) = (&cluster.kafka, &cluster.spec.kafka);
    let mut section = Map::from_iter([
        ("brokers".to_owned(), json!(kafka.brokers)),
        ("topicPrefix".to_owned(), json!(kafka.topic_prefix)),
        ("partitions".to_owned(), json!(cluster.partitions)),
        ("replicationFactor".to_owned(), json!(spec.replication())),
        ("minInSyncReplicas".to_owned(), json!(spec.min_in_sync())),
        ("retentionHours".to_owned(), json!(spec.retention_hours)),
        ("compression".to_owned(), json!(compression(spec.compression))),
        ("lingerMillis".to_owned(), json!(spec.linger_millis)),
    ]);
    // Only where there was another: a word more would roll the pods of everybody else when the operator is upgraded.
    if spec.generation > 0 {
        section.insert("generation".to_owned(), json!(spec.generation));
    }
    if let Some(trust) = &kafka.trust {
        section.insert("tls".to_owned(), settings.trust("kafka", trust));
    }
    if let Some(sasl) = &kafka.sasl {
        section.insert("sasl".to_owned(), json!({ "mechanism": mechanism(sasl.mechanism) }));
        settings.login(SASL, &sasl.login);
        if let Some(endpoint) = &sasl.token_endpoint {
            settings.variable(TOKEN_ENDPOINT, &Word::Plain(endpoint.clone()));
        }
    }
    settings.section("kafka", section);
}

fn compression(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "None",
        Compression::Lz4 => "Lz4",
        Compression::Zstd => "Zstd",
    }
}

fn mechanism(mechanism: SaslMechanism) -> &'static str {
    match mechanism {
        SaslMechanism::Plain => "Plain",
        SaslMechanism::ScramSha256 => "ScramSha256",
        SaslMechanism::ScramSha512 => "ScramSha512",
        SaslMechanism::OauthBearer => "OauthBearer",
    }
}
