//! Kafka, Redis and MongoDB: where they are, how they are reached, and what is the same whoever runs them.

use talkline_crds::{
    ChatClusterSpec,
    spec::{self, RedisMode, SecretKey, Strimzi, StrimziAuthentication},
};

use super::{Credential, Facts, Identity, Invalid, Login, Trust, Word};

/// A server that this operator runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Managed {
    /// Its Service, and the beginning of its names.
    pub(crate) name: String,
    /// Its name for everybody in the Kubernetes cluster, KEDA in its own namespace included.
    pub(crate) host: String,
    /// What was said of it.
    pub(crate) spec: spec::Managed,
}

impl Managed {
    fn new(cluster: &str, namespace: &str, component: &str, spec: &spec::Managed) -> Self {
        let name = format!("{cluster}-{component}");
        Self {
            host: format!("{name}.{namespace}.svc"),
            name,
            spec: spec.clone(),
        }
    }
}

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
    /// Strimzi's, with the name of our user there.
    pub(crate) strimzi: Option<(Strimzi, String)>,
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

/// Cache, directory and bus.
#[derive(Clone, Debug)]
pub(crate) struct Redis {
    /// What stands behind the addresses.
    pub(crate) mode: RedisMode,
    /// `host:port` of the server, the sentinels, or some nodes.
    pub(crate) addresses: Vec<String>,
    /// The database's number.
    pub(crate) database: u8,
    /// TLS; none for plain text.
    pub(crate) trust: Option<Trust>,
    /// User and password.
    pub(crate) login: Option<Login>,
    /// What the sentinels watch, and who we are to them.
    pub(crate) sentinel: Option<(String, Option<Login>)>,
    /// Put before every key and channel.
    pub(crate) key_prefix: String,
    /// The one that we run.
    pub(crate) managed: Option<Managed>,
}

/// The store.
#[derive(Clone, Debug)]
pub(crate) struct Mongo {
    /// The connection string, without anything secret, or where it is.
    pub(crate) url: Word,
    /// `host:port` of its members, where they are known.
    pub(crate) addresses: Vec<String>,
    /// The ports that it is reached on.
    pub(crate) ports: Vec<u16>,
    /// User and password.
    pub(crate) login: Option<Login>,
    /// TLS; none for plain text, or as the URL says.
    pub(crate) trust: Option<Trust>,
    /// The one that we run.
    pub(crate) managed: Option<Managed>,
}

/// Kafka's port.
pub(crate) const KAFKA_PORT: u16 = 9092;
/// Redis' port.
pub(crate) const REDIS_PORT: u16 = 6379;
/// MongoDB's port.
pub(crate) const MONGO_PORT: u16 = 27017;
/// The replica set's name of a MongoDB that we run.
pub(crate) const REPLICA_SET: &str = "rs0";

/// The port of Strimzi's TLS listener, where its resource has not said another.
const STRIMZI_PORT: u16 = 9093;

pub(super) fn kafka(
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
            "Strimzi is not installed (kafka.strimzi.io is not served): install it, or name brokers under external";
        wrong.push(Invalid::new("spec.kafka.strimzi", message));
    }
    if strimzi.namespace.as_ref().is_some_and(|theirs| theirs != namespace) {
        let message =
            "pods cannot take in Secrets of another namespace: put the ChatCluster beside the Kafka, or use external";
        wrong.push(Invalid::new("spec.kafka.strimzi.namespace", message));
    }
    let user = format!("{name}-talkline");
    let cluster = &strimzi.cluster;
    let usual = || format!("{cluster}-kafka-bootstrap.{namespace}.svc:{STRIMZI_PORT}");
    kafka.brokers = vec![facts.strimzi_bootstrap.clone().unwrap_or_else(usual)];
    let secret = |name: String, key: &str| SecretKey {
        name,
        key: key.to_owned(),
    };
    let is_tls = strimzi.authentication == StrimziAuthentication::Tls;
    kafka.trust = Some(Trust {
        ca: Some(secret(format!("{cluster}-cluster-ca-cert"), "ca.crt")),
        identity: is_tls.then(|| Identity {
            secret: user.clone(),
            certificate: "user.crt",
            key: "user.key",
        }),
    });
    kafka.sasl = (!is_tls).then(|| Sasl {
        mechanism: spec::SaslMechanism::ScramSha512,
        login: Login {
            username: Word::Plain(user.clone()),
            password: secret(user.clone(), "password"),
        },
        token_endpoint: None,
    });
    kafka.strimzi = Some((strimzi.clone(), user));
}

pub(super) fn redis(spec: &ChatClusterSpec, name: &str, namespace: &str) -> Redis {
    let redis = &spec.redis;
    let key_prefix = redis
        .key_prefix
        .clone()
        .unwrap_or_else(|| format!("{namespace}:{name}:"));
    let Some(external) = &redis.external else {
        let managed = redis
            .managed
            .as_ref()
            .map(|spec| Managed::new(name, namespace, "redis", spec));
        return Redis {
            mode: RedisMode::Standalone,
            addresses: managed
                .iter()
                .map(|managed| format!("{}:{REDIS_PORT}", managed.host))
                .collect(),
            database: 0,
            trust: None,
            login: None,
            sentinel: None,
            key_prefix,
            managed,
        };
    };
    let of_sentinel = |sentinel: &spec::Sentinel| {
        let login = sentinel.credentials.as_ref().map(Login::from);
        (sentinel.master_name.clone(), login)
    };
    Redis {
        mode: external.mode,
        addresses: external.addresses.clone(),
        database: external.database,
        trust: external.tls.as_ref().map(Trust::from),
        login: external.credentials.as_ref().map(Login::from),
        sentinel: external.sentinel.as_ref().map(of_sentinel),
        key_prefix,
        managed: None,
    }
}

pub(super) fn mongo(spec: &ChatClusterSpec, name: &str, namespace: &str, facts: &Facts) -> Mongo {
    let mongo = &spec.mongo;
    let Some(external) = &mongo.external else {
        let managed = mongo
            .managed
            .as_ref()
            .map(|spec| Managed::new(name, namespace, "mongo", spec));
        let addresses: Vec<String> = managed
            .iter()
            .map(|managed| format!("{}:{MONGO_PORT}", managed.host))
            .collect();
        return Mongo {
            url: Word::Plain(url(&addresses, Some(REPLICA_SET))),
            addresses,
            ports: vec![MONGO_PORT],
            login: None,
            trust: None,
            managed,
        };
    };
    let hosts = external.hosts.clone().unwrap_or_default();
    let (word, ports) = match &external.uri {
        Some(secret) if facts.mongo_ports.is_empty() => (Word::Secret(secret.clone()), vec![MONGO_PORT]),
        Some(secret) => (Word::Secret(secret.clone()), facts.mongo_ports.clone()),
        None => (Word::Plain(url(&hosts, external.replica_set.as_deref())), ports(&hosts)),
    };
    Mongo {
        url: word,
        addresses: hosts,
        ports,
        login: external.credentials.as_ref().map(Login::from),
        trust: external.tls.as_ref().map(Trust::from),
        managed: None,
    }
}

fn url(hosts: &[String], replica_set: Option<&str>) -> String {
    let query = replica_set
        .map(|name| format!("?replicaSet={name}"))
        .unwrap_or_default();
    format!("mongodb://{}/{query}", hosts.join(","))
}

/// The ports of `host:port` addresses, each once.
pub(crate) fn ports(addresses: &[String]) -> Vec<u16> {
    let port = |address: &String| address.rsplit_once(':')?.1.parse().ok();
    let mut ports: Vec<u16> = addresses.iter().filter_map(port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

impl super::ValidatedCluster {
    /// What is secret and taken in by pods at their start; the signing keys are not, since gateways read those again by themselves.
    pub(crate) fn credentials(&self) -> Vec<Credential> {
        let sasl = self.kafka.sasl.as_ref().map(|sasl| &sasl.login);
        let sentinel = self.redis.sentinel.as_ref().and_then(|(_, login)| login.as_ref());
        let logins = [sasl, self.redis.login.as_ref(), sentinel, self.mongo.login.as_ref()];
        let trusts = [&self.kafka.trust, &self.redis.trust, &self.mongo.trust];
        let mut credentials: Vec<Credential> = logins.into_iter().flatten().flat_map(Login::credentials).collect();
        credentials.extend(trusts.into_iter().flatten().flat_map(Trust::credentials));
        if let Word::Secret(url) = &self.mongo.url {
            credentials.push(url.into());
        }
        credentials.sort_unstable();
        credentials.dedup();
        credentials
    }
}
