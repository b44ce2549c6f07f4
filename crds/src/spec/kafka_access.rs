//! How to reach a Kafka that this operator does not run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Credentials, Tls};

/// A Kafka that someone else runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KafkaExternal {
    /// Some brokers, as `host:port`; the rest are learnt from them.
    #[schemars(
        length(min = 1, max = 32),
        inner(length(max = 259), regex(pattern = r"^[A-Za-z0-9.-]+:[0-9]{1,5}$"))
    )]
    pub bootstrap_servers: Vec<String>,

    /// TLS. Absent: plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,

    /// Who we are. Absent: nobody, or the client certificate of `tls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sasl: Option<Sasl>,
}

/// SASL authentication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "(self.mechanism == 'OauthBearer') == has(self.tokenEndpoint)",
    "message": "tokenEndpoint goes with mechanism OauthBearer, which needs it, and only with it",
    "fieldPath": ".mechanism"
}]))]
pub struct Sasl {
    /// The mechanism.
    pub mechanism: SaslMechanism,

    /// User name and password; for `OauthBearer` the client's id and secret.
    pub credentials: Credentials,

    /// Where `OauthBearer` gets its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1_024), regex(pattern = r"^https?://"))]
    pub token_endpoint: Option<String>,
}

/// SASL mechanisms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SaslMechanism {
    /// PLAIN: the password goes over the wire, so use TLS.
    Plain,
    /// SCRAM-SHA-256.
    ScramSha256,
    /// SCRAM-SHA-512.
    ScramSha512,
    /// OAUTHBEARER, by client credentials.
    OauthBearer,
}

/// A Kafka of the Strimzi operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Strimzi {
    /// The name of the `Kafka` resource.
    #[schemars(length(min = 1, max = 253))]
    pub cluster: String,

    /// Its namespace. Absent: this one. KafkaTopic and KafkaUser are made there, since Strimzi looks for them there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,

    /// The listener to use, by name.
    #[serde(default = "Strimzi::tls_listener")]
    #[schemars(length(min = 1, max = 25))]
    pub listener: String,

    /// How our KafkaUser authenticates.
    #[serde(default)]
    pub authentication: StrimziAuthentication,
}

/// How a KafkaUser authenticates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StrimziAuthentication {
    /// A client certificate.
    Tls,
    /// SCRAM-SHA-512.
    #[default]
    ScramSha512,
}

impl Strimzi {
    fn tls_listener() -> String {
        "tls".to_owned()
    }
}
