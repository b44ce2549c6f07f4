//! How the operator reaches a ChatCluster's servers, and what must be on them: in the runtime's own terms.

use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Resource as _;
use serde_json::json;
use talkline_cluster::{Credentials, Secret, kafka, mongo, provision::Policy, redis};
use talkline_crds::{
    ChatCluster,
    spec::{Drift, RedisMode, SaslMechanism, SecretKey},
};

use super::pem::Pem;
use crate::{
    build::hash,
    dereference::Secrets,
    validate::{Login, Sasl, Trust, ValidatedCluster, Word},
};

/// How long Redis may take for a command: what is asked here is in nobody's way.
const REDIS_TIMEOUT: Duration = Duration::from_secs(2);
/// Connections to MongoDB at once.
const MONGO_POOL: u32 = 4;
/// The version whose knowledge this operator has.
const OWN: &str = env!("CARGO_PKG_VERSION");

/// One server, and how far we go with it.
#[derive(Debug)]
pub(super) struct Server<C> {
    pub(super) config: C,
    /// What its TLS takes of Secrets; none for plain text.
    pub(super) pem: Option<Pem>,
    /// `host:port` of some of it; none where only DNS knows them.
    pub(super) addresses: Vec<String>,
    pub(super) policy: Policy,
    /// Whether somebody else runs it: then what is on it does not go with our objects.
    pub(super) is_others: bool,
}

/// The servers of a ChatCluster.
#[derive(Debug)]
pub(crate) struct Access {
    /// The ChatCluster, for events.
    pub(super) cluster: ObjectReference,
    /// Another one when anything of this is something else.
    pub(super) print: String,
    pub(super) kafka: Server<kafka::Config>,
    pub(super) redis: Server<redis::Config>,
    pub(super) mongo: Server<mongo::Config>,
    /// Whether collections are spread over shards.
    pub(super) sharded: bool,
}

impl Access {
    /// With the Secrets that it names.
    pub(crate) fn of(cluster: &ChatCluster, valid: &ValidatedCluster, secrets: &Secrets) -> Self {
        let content = json!([valid.spec, valid.secrets_hash, valid.partitions, valid.kafka.brokers]);
        let secrets = Resolver(secrets);
        Self {
            cluster: cluster.object_ref(&()),
            print: hash(&content),
            kafka: secrets.kafka(valid),
            redis: secrets.redis(valid),
            mongo: secrets.mongo(valid),
            sharded: valid.spec.mongo.sharded,
        }
    }

    /// Whether anything of the ChatCluster is outside the cluster.
    pub(crate) fn is_outside(&self) -> bool {
        self.kafka.is_others || self.redis.is_others || self.mongo.is_others
    }
}

/// How far a ChatCluster lets us go. One that is paused is only looked at.
fn policy(valid: &ValidatedCluster, drift: Drift) -> Policy {
    match drift {
        _ if valid.spec.paused => Policy::Observe,
        Drift::Report => Policy::Make,
        Drift::Mend => Policy::Mend,
    }
}

/// Puts what is in Secrets into place.
struct Resolver<'a>(&'a Secrets);

impl Resolver<'_> {
    fn kafka(&self, valid: &ValidatedCluster) -> Server<kafka::Config> {
        let kafka = &valid.kafka;
        Server {
            config: kafka::Config {
                sasl: kafka.sasl.as_ref().map(|sasl| self.sasl(sasl)),
                ..valid.log()
            },
            pem: kafka.trust.as_ref().map(|trust| self.pem(trust)),
            addresses: kafka.brokers.clone(),
            // Strimzi's topics are its own to make and to mend: it is told by resources.
            policy: match kafka.strimzi {
                Some(_) => Policy::Observe,
                None => policy(valid, valid.spec.kafka.drift),
            },
            is_others: kafka.strimzi.is_none() && kafka.managed.is_none(),
        }
    }

    fn redis(&self, valid: &ValidatedCluster) -> Server<redis::Config> {
        let redis = &valid.redis;
        let sentinel = redis.sentinel.as_ref().map(|(master_name, login)| redis::Sentinel {
            master_name: master_name.clone(),
            credentials: login.as_ref().map(|login| self.login(login)),
        });
        Server {
            config: redis::Config {
                mode: match (redis.mode, sentinel) {
                    (RedisMode::Cluster, _) => redis::Mode::Cluster,
                    (RedisMode::Sentinel, Some(sentinel)) => redis::Mode::Sentinel(sentinel),
                    _ => redis::Mode::Standalone,
                },
                addresses: redis.addresses.clone(),
                database: redis.database,
                credentials: redis.login.as_ref().map(|login| self.login(login)),
                key_prefix: redis.key_prefix.clone(),
                timeout: REDIS_TIMEOUT,
                ..redis::Config::default()
            },
            pem: redis.trust.as_ref().map(|trust| self.pem(trust)),
            addresses: redis.addresses.clone(),
            policy: policy(valid, valid.spec.redis.drift),
            is_others: redis.managed.is_none(),
        }
    }

    fn mongo(&self, valid: &ValidatedCluster) -> Server<mongo::Config> {
        let mongo = &valid.mongo;
        // A newer schema would keep the pods of an older image out.
        let is_own = valid
            .version
            .as_deref()
            .is_some_and(|version| version.trim_start_matches('v') == OWN);
        Server {
            config: mongo::Config {
                url: Secret::new(self.word(&mongo.url)),
                credentials: mongo.login.as_ref().map(|login| self.login(login)),
                database: valid.spec.mongo.database.clone(),
                max_pool_size: MONGO_POOL,
                ..mongo::Config::default()
            },
            pem: mongo.trust.as_ref().map(|trust| self.pem(trust)),
            addresses: match &mongo.url {
                Word::Secret(url) => self.0.hosts(url),
                Word::Plain(_) => mongo.addresses.clone(),
            },
            policy: match is_own {
                true => policy(valid, valid.spec.mongo.drift),
                false => Policy::Observe,
            },
            is_others: mongo.managed.is_none(),
        }
    }

    fn sasl(&self, sasl: &Sasl) -> kafka::Sasl {
        kafka::Sasl {
            mechanism: match sasl.mechanism {
                SaslMechanism::Plain => kafka::Mechanism::Plain,
                SaslMechanism::ScramSha256 => kafka::Mechanism::ScramSha256,
                SaslMechanism::ScramSha512 => kafka::Mechanism::ScramSha512,
                SaslMechanism::OauthBearer => kafka::Mechanism::OauthBearer {
                    token_endpoint: sasl.token_endpoint.clone().unwrap_or_default(),
                },
            },
            credentials: self.login(&sasl.login),
        }
    }

    fn login(&self, login: &Login) -> Credentials {
        Credentials {
            username: self.word(&login.username),
            password: Secret::new(self.0.text(&(&login.password).into())),
        }
    }

    fn word(&self, word: &Word) -> String {
        match word {
            Word::Plain(text) => text.clone(),
            Word::Secret(key) => self.0.text(&key.into()).to_owned(),
        }
    }

    fn pem(&self, trust: &Trust) -> Pem {
        let bytes = |secret: &str, key: &str| {
            let key = SecretKey {
                name: secret.to_owned(),
                key: key.to_owned(),
            };
            self.0.bytes(&(&key).into()).to_vec()
        };
        Pem {
            ca: trust.ca.as_ref().map(|ca| bytes(&ca.name, &ca.key)),
            identity: trust.identity.as_ref().map(|identity| {
                let of = |key| bytes(&identity.secret, key);
                (of(identity.certificate), of(identity.key))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::tests::{document, valid};

    fn access(spec: &str) -> Access {
        let cluster = talkline_crds::load(&document(spec)).unwrap();
        Access::of(&cluster, &valid(spec), &Secrets::default())
    }

    #[test]
    fn how_far_we_go_is_the_chatclusters_word() {
        let policies = |spec: &str| {
            let access = access(spec);
            [access.kafka.policy, access.redis.policy, access.mongo.policy]
        };
        assert_eq!(policies("  {}"), [Policy::Mend; 3]);
        assert_eq!(policies("  paused: true"), [Policy::Observe; 3]);
        let reported = "  kafka: { managed: {}, drift: Report }\n  mongo: { managed: {}, drift: Report }";
        assert_eq!(policies(reported), [Policy::Make, Policy::Mend, Policy::Make]);
    }

    #[test]
    fn trap_an_older_image_gets_no_newer_schema() {
        let policy = |spec: &str| access(spec).mongo.policy;
        assert_eq!(policy(&format!("  image: {{ tag: v{OWN} }}")), Policy::Mend);
        assert_eq!(
            policy("  image: { tag: main }"),
            Policy::Observe,
            "nobody knows which version that is"
        );
    }

    #[test]
    fn what_goes_with_our_objects_is_not_outside() {
        assert!(!access("  {}").is_outside());
        assert!(!access("  kafka: { strimzi: { cluster: log } }").is_outside());
        assert!(access("  redis: { external: { addresses: [\"redis:6379\"] } }").is_outside());
    }

    #[test]
    fn another_word_of_the_spec_is_another_look() {
        let print = |spec: &str| access(spec).print;
        assert_eq!(print("  {}"), print("  {}"));
        let hours = "  kafka: { managed: {}, retentionHours: 9 }";
        assert_ne!(print("  {}"), print(hours));
        assert_eq!(access(hours).kafka.config.retention, Duration::from_secs(9 * 3_600));
    }
}
