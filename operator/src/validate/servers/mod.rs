//! Kafka, Redis and MongoDB: where they are, how they are reached, and what is the same whoever runs them. One file each.

mod kafka;
mod mongo;
mod redis;

use talkline_crds::spec;

use super::{Credential, Login, Trust, Word};

pub(super) use kafka::kafka;
pub(super) use mongo::mongo;
pub(super) use redis::redis;

pub(crate) use kafka::{Kafka, OfStrimzi, Sasl};
pub(crate) use mongo::Mongo;
pub(crate) use redis::Redis;

/// Kafka's port.
pub(crate) const KAFKA_PORT: u16 = 9092;
/// Redis' port.
pub(crate) const REDIS_PORT: u16 = 6379;
/// MongoDB's port.
pub(crate) const MONGO_PORT: u16 = 27017;
/// The replica set's name of a MongoDB that we run.
pub(crate) const REPLICA_SET: &str = "rs0";

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
