//! The store: a connection string in a Secret, named members, or one of our own.

use talkline_crds::ChatClusterSpec;

use super::{MONGO_PORT, Managed, REPLICA_SET, ports};
use crate::validate::{Facts, Login, Trust, Word};

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

pub(in crate::validate) fn mongo(spec: &ChatClusterSpec, name: &str, namespace: &str, facts: &Facts) -> Mongo {
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
