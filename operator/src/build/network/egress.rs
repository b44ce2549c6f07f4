//! What gateways and workers may reach: DNS, their servers, and the collector of traces.

use serde_json::{Value, json};

use super::{dns, tcp};
use crate::{
    build::object::selector,
    validate::{self, KAFKA_PORT, MONGO_PORT, REDIS_PORT, ValidatedCluster},
};

pub(super) fn rules(cluster: &ValidatedCluster) -> Vec<Value> {
    let mut rules = vec![dns()];
    let mut outside = Vec::new();
    let kafka = validate::ports(&cluster.kafka.brokers);
    let redis = validate::ports(&cluster.redis.addresses);
    let servers = [
        ("kafka", &cluster.kafka.managed, KAFKA_PORT, kafka),
        ("redis", &cluster.redis.managed, REDIS_PORT, redis),
        ("mongo", &cluster.mongo.managed, MONGO_PORT, cluster.mongo.ports.clone()),
    ];
    for (component, managed, port, ports) in servers {
        match managed {
            Some(_) => rules.push(inside(cluster, component, port)),
            None => outside.extend(ports),
        }
    }
    outside.extend(endpoints(cluster));
    outside.sort_unstable();
    outside.dedup();
    if !outside.is_empty() {
        rules.push(elsewhere(cluster, outside));
    }
    rules
}

/// A server of our own, by its labels.
fn inside(cluster: &ValidatedCluster, component: &str, port: u16) -> Value {
    let peer = json!({ "podSelector": { "matchLabels": selector(cluster, component) } });
    json!({ "ports": [tcp(port)], "to": [peer] })
}

/// Servers of others: on these ports only, in the networks that are named, or in any.
fn elsewhere(cluster: &ValidatedCluster, ports: Vec<u16>) -> Value {
    let mut rule = json!({ "ports": ports.into_iter().map(tcp).collect::<Vec<_>>() });
    let networks = &cluster.spec.network_policy.egress_networks;
    if !networks.is_empty() {
        rule["to"] = networks
            .iter()
            .map(|cidr| json!({ "ipBlock": { "cidr": cidr } }))
            .collect();
    }
    rule
}

/// Ports of what is named by a URL: the collector of traces, and where tokens come from.
fn endpoints(cluster: &ValidatedCluster) -> Vec<u16> {
    let traces = cluster
        .spec
        .monitoring
        .traces
        .as_ref()
        .map(|traces| &traces.otlp_endpoint);
    let tokens = cluster
        .kafka
        .sasl
        .as_ref()
        .and_then(|sasl| sasl.token_endpoint.as_ref());
    traces
        .into_iter()
        .chain(tokens)
        .filter_map(|url| port_of(url))
        .collect()
}

/// The port of an `http://` or `https://` URL.
fn port_of(url: &str) -> Option<u16> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let stated = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    stated.or(match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_its_port_or_its_scheme_does() {
        let table = [
            ("http://collector:4318", Some(4_318)),
            ("https://collector.example.com/v1/traces", Some(443)),
            ("http://collector", Some(80)),
            ("http://[fd00::1]:4318/", Some(4_318)),
            ("collector:4318", None),
        ];
        for (url, port) in table {
            assert_eq!(port_of(url), port, "{url}");
        }
    }
}
