//! Strimzi's `Kafka`: where the listener is that a ChatCluster names, and what it asks of those who come.

use kube::Client;
use serde_json::Value;
use talkline_crds::spec::{Strimzi, StrimziAuthentication};

use crate::{
    apply::{api, reason},
    build::{self, KAFKA, KAFKA_TOPIC},
    validate::{Listener, ValidatedCluster},
};

/// The listener that `wanted` names.
///
/// # Errors
/// There is no such Kafka or listener, it asks for another authentication, or is not up yet; or the API server does not answer.
pub(super) async fn listener(client: &Client, namespace: &str, wanted: &Strimzi) -> Result<Listener, String> {
    let name = &wanted.cluster;
    let found = api(client, &KAFKA, namespace)
        .get_opt(name)
        .await
        .map_err(|error| format!("Kafka {name} cannot be read: {}", reason(&error)))?;
    let kafka = found.ok_or_else(|| {
        format!("Kafka {name} is missing in namespace {namespace}: make it, or correct kafka.strimzi.cluster")
    })?;
    read(&kafka.data, wanted)
}

/// How many partitions the commands' topic has, where there is its resource: that of a ChatCluster which is made anew.
///
/// # Errors
/// The API server does not answer.
pub(super) async fn partitions(client: &Client, cluster: &ValidatedCluster) -> Result<Option<u32>, String> {
    let name = build::commands_topic(cluster);
    let found = api(client, &KAFKA_TOPIC, &cluster.namespace)
        .get_opt(&name)
        .await
        .map_err(|error| format!("KafkaTopic {name} cannot be read: {}", reason(&error)))?;
    let partitions = found.and_then(|topic| topic.data["spec"]["partitions"].as_u64());
    Ok(partitions.and_then(|partitions| partitions.try_into().ok()))
}

/// The listener, as a `Kafka` says it: what it shall be, and what has become of it.
fn read(kafka: &Value, wanted: &Strimzi) -> Result<Listener, String> {
    let (cluster, name) = (&wanted.cluster, &wanted.listener);
    let listeners = || kafka["spec"]["kafka"]["listeners"].as_array().into_iter().flatten();
    let Some(listener) = listeners().find(|listener| listener["name"] == *name) else {
        let there: Vec<&str> = listeners().filter_map(|listener| listener["name"].as_str()).collect();
        let there = there.join(", ");
        return Err(format!(
            "Kafka {cluster} has no listener {name}: name one of {there} in kafka.strimzi.listener"
        ));
    };
    let asked = listener["authentication"]["type"].as_str();
    let (expected, ours) = match wanted.authentication {
        StrimziAuthentication::Tls => ("tls", "Tls"),
        StrimziAuthentication::ScramSha512 => ("scram-sha-512", "ScramSha512"),
    };
    if asked != Some(expected) {
        return Err(format!(
            "listener {name} of Kafka {cluster} has authentication {} and kafka.strimzi.authentication is {ours}: make them the same",
            asked.unwrap_or("none")
        ));
    }
    let mut up = kafka["status"]["listeners"].as_array().into_iter().flatten();
    let brokers = up
        .find(|listener| listener["name"] == *name)
        .and_then(|listener| listener["bootstrapServers"].as_str())
        .filter(|brokers| !brokers.is_empty())
        .ok_or_else(|| {
            format!("Kafka {cluster} does not say yet where listener {name} is: Strimzi has to bring it up")
        })?;
    Ok(Listener {
        brokers: brokers.split(',').map(|broker| broker.trim().to_owned()).collect(),
        is_tls: listener["tls"] == true,
        has_acls: kafka["spec"]["kafka"]["authorization"]["type"] == "simple",
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(listener: &str, authentication: StrimziAuthentication) -> Strimzi {
        Strimzi {
            cluster: "log".to_owned(),
            namespace: None,
            listener: listener.to_owned(),
            authentication,
        }
    }

    fn kafka() -> Value {
        let listener = |name: &str, port: u16, tls: bool, authentication: Value| json!({ "name": name, "port": port, "type": "internal", "tls": tls, "authentication": authentication });
        let at = |name: &str, brokers: &str| json!({ "name": name, "bootstrapServers": brokers });
        json!({
            "spec": { "kafka": {
                "listeners": [
                    listener("plain", 9092, false, json!({ "type": "scram-sha-512" })),
                    listener("certified", 9094, true, json!({ "type": "tls" })),
                    listener("open", 9095, true, Value::Null),
                    listener("new", 9096, true, json!({ "type": "tls" })),
                ],
                "authorization": { "type": "simple" },
            } },
            "status": { "listeners": [at("plain", "log-kafka-bootstrap.team.svc:9092"), at("certified", "a:30001,b:30002"), at("open", "c:1")] },
        })
    }

    #[test]
    fn a_listener_is_where_the_kafka_says_and_as_it_says() {
        let plain = read(&kafka(), &wanted("plain", StrimziAuthentication::ScramSha512)).unwrap();
        assert_eq!(plain.brokers, ["log-kafka-bootstrap.team.svc:9092"]);
        assert_eq!((plain.is_tls, plain.has_acls), (false, true));
        let mut without = kafka();
        without["spec"]["kafka"]["authorization"] = Value::Null;
        let certified = read(&without, &wanted("certified", StrimziAuthentication::Tls)).unwrap();
        assert_eq!(certified.brokers, ["a:30001", "b:30002"]);
        assert_eq!((certified.is_tls, certified.has_acls), (true, false));
    }

    #[test]
    fn what_is_amiss_with_a_listener_is_said_with_what_to_do() {
        let table = [
            (
                ("tls", StrimziAuthentication::Tls),
                "Kafka log has no listener tls: name one of plain, certified, open, new in kafka.strimzi.listener",
            ),
            (
                ("certified", StrimziAuthentication::ScramSha512),
                "listener certified of Kafka log has authentication tls and kafka.strimzi.authentication is ScramSha512: make them the same",
            ),
            (
                ("open", StrimziAuthentication::Tls),
                "listener open of Kafka log has authentication none and kafka.strimzi.authentication is Tls: make them the same",
            ),
            (
                ("new", StrimziAuthentication::Tls),
                "Kafka log does not say yet where listener new is: Strimzi has to bring it up",
            ),
        ];
        for ((listener, authentication), expected) in table {
            assert_eq!(read(&kafka(), &wanted(listener, authentication)).unwrap_err(), expected);
        }
    }
}
