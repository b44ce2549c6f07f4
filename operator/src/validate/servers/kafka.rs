//! The log: named brokers, Strimzi's, or one of our own.

use std::time::Duration;

use talkline_crds::{
    ChatClusterSpec,
    spec::{self, SecretKey, Strimzi, StrimziAuthentication},
};

use super::{KAFKA_PORT, Managed};
use crate::validate::{Facts, Identity, Invalid, Listener, Login, Trust, ValidatedCluster, Word};

/// The log.
#[derive(Clone, Debug)]
pub(crate) struct Kafka {
    /// Some brokers, as `host:port`.
    pub(crate) brokers: Vec<String>,
    /// TLS; none for plain text.
    pub(crate) trust: Option<Trust>,
    /// How we say who we are: the mechanism as the runtime calls it, the login, and where tokens come from.
    pub(crate) sasl: Option<Sasl>,
    /// Put before the topics' names and the group's.
    pub(crate) topic_prefix: String,
    /// The one that we run.
    pub(crate) managed: Option<Managed>,
    /// What we have of Strimzi.
    pub(crate) strimzi: Option<OfStrimzi>,
}

/// What a ChatCluster has of Strimzi, where Kafka is Strimzi's.
#[derive(Clone, Debug)]
pub(crate) struct OfStrimzi {
    /// The `Kafka` and its listener, as the ChatCluster names them.
    pub(crate) spec: Strimzi,
    /// Our `KafkaUser`, and the Secret that Strimzi makes for it.
    pub(crate) user: String,
    /// Whether that user needs rights.
    pub(crate) has_acls: bool,
}

/// SASL.
#[derive(Clone, Debug)]
pub(crate) struct Sasl {
    /// The mechanism.
    pub(crate) mechanism: spec::SaslMechanism,
    /// User and password.
    pub(crate) login: Login,
    /// Where `OauthBearer` gets its tokens.
    pub(crate) token_endpoint: Option<String>,
}

impl ValidatedCluster {
    /// The log as the runtime has it, but for who we are to it.
    pub(crate) fn log(&self) -> talkline_cluster::kafka::Config {
        let spec = &self.spec.kafka;
        talkline_cluster::kafka::Config {
            brokers: self.kafka.brokers.clone(),
            topic_prefix: self.kafka.topic_prefix.clone(),
            partitions: Some(self.partitions),
            generation: spec.generation,
            replication: spec.replication(),
            min_in_sync: spec.min_in_sync(),
            retention: Duration::from_secs(u64::from(spec.retention_hours) * 3_600),
            ..talkline_cluster::kafka::Config::default()
        }
    }
}

/// The port of the TLS listener in Strimzi's examples: for a plan, which knows no resource.
const STRIMZI_PORT: u16 = 9093;

pub(in crate::validate) fn kafka(
    spec: &ChatClusterSpec,
    name: &str,
    namespace: &str,
    facts: &Facts,
    wrong: &mut Vec<Invalid>,
) -> Kafka {
    let kafka = &spec.kafka;
    let mut resolved = Kafka {
        brokers: Vec::new(),
        trust: None,
        sasl: None,
        topic_prefix: kafka
            .topic_prefix
            .clone()
            .unwrap_or_else(|| format!("{namespace}.{name}.")),
        managed: None,
        strimzi: None,
    };
    if let Some(external) = &kafka.external {
        resolved.brokers = external.bootstrap_servers.clone();
        resolved.trust = external.tls.as_ref().map(Trust::from);
        resolved.sasl = external.sasl.as_ref().map(|sasl| Sasl {
            mechanism: sasl.mechanism,
            login: (&sasl.credentials).into(),
            token_endpoint: sasl.token_endpoint.clone(),
        });
    }
    if let Some(strimzi) = &kafka.strimzi {
        of_strimzi(&mut resolved, strimzi, name, namespace, facts, wrong);
    }
    if let Some(spec) = &kafka.managed {
        let managed = Managed::new(name, namespace, "kafka", spec);
        resolved.brokers = vec![format!("{}:{KAFKA_PORT}", managed.host)];
        resolved.managed = Some(managed);
    }
    resolved
}

/// Strimzi signs its brokers' certificates itself, and puts authority, password and certificate of a user into Secrets beside itself.
fn of_strimzi(
    kafka: &mut Kafka,
    strimzi: &Strimzi,
    name: &str,
    namespace: &str,
    facts: &Facts,
    wrong: &mut Vec<Invalid>,
) {
    if !facts.apis.strimzi {
        let message =
            "Strimzi is not installed (kafka.strimzi.io/v1 is not served): install it, or name brokers under external";
        wrong.push(Invalid::new("spec.kafka.strimzi", message));
    }
    if strimzi.namespace.as_ref().is_some_and(|theirs| theirs != namespace) {
        let message =
            "pods cannot take in Secrets of another namespace: put the ChatCluster beside the Kafka, or use external";
        wrong.push(Invalid::new("spec.kafka.strimzi.namespace", message));
    }
    let user = format!("{name}-talkline");
    let cluster = &strimzi.cluster;
    let usual = || Listener {
        brokers: vec![format!("{cluster}-kafka-bootstrap.{namespace}.svc:{STRIMZI_PORT}")],
        is_tls: true,
        has_acls: true,
    };
    let listener = facts.listener.clone().unwrap_or_else(usual);
    let secret = |name: String, key: &str| SecretKey {
        name,
        key: key.to_owned(),
    };
    let is_certified = strimzi.authentication == StrimziAuthentication::Tls;
    kafka.brokers = listener.brokers;
    kafka.trust = listener.is_tls.then(|| Trust {
        ca: Some(secret(format!("{cluster}-cluster-ca-cert"), "ca.crt")),
        identity: is_certified.then(|| Identity {
            secret: user.clone(),
            certificate: "user.crt",
            key: "user.key",
        }),
    });
    kafka.sasl = (!is_certified).then(|| Sasl {
        mechanism: spec::SaslMechanism::ScramSha512,
        login: Login {
            username: Word::Plain(user.clone()),
            password: secret(user.clone(), "password"),
        },
        token_endpoint: None,
    });
    kafka.strimzi = Some(OfStrimzi {
        spec: strimzi.clone(),
        user,
        has_acls: listener.has_acls,
    });
}
