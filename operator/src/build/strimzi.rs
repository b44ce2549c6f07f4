//! Topics and user as Strimzi's resources, where Kafka is Strimzi's.

use serde_json::{Map, Value, json};
use talkline_cluster::kafka::{Topic, topics};
use talkline_crds::spec::{Strimzi, StrimziAuthentication};

use super::{Object, kind};
use crate::validate::ValidatedCluster;

/// The label by which Strimzi knows whose a topic or a user is.
const CLUSTER: &str = "strimzi.io/cluster";

pub(super) fn build(cluster: &ValidatedCluster) -> Vec<Object> {
    let Some((strimzi, user)) = &cluster.kafka.strimzi else {
        return Vec::new();
    };
    let mut objects = vec![user_of(cluster, strimzi, user)];
    objects.extend(topics(&cluster.log()).map(|wanted| topic(cluster, strimzi, &wanted)));
    objects
}

/// A topic as the runtime would make it.
fn topic(cluster: &ValidatedCluster, strimzi: &Strimzi, topic: &Topic) -> Object {
    // Numbers and truths are themselves in YAML.
    let plain = |value: &String| serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    let config = topic
        .settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), plain(value)));
    let body = json!({
        "spec": {
            "topicName": topic.name,
            "partitions": topic.partitions,
            "replicas": topic.replication,
            "config": config.collect::<Map<String, Value>>(),
        }
    });
    let name = topic
        .name
        .strip_prefix(&cluster.kafka.topic_prefix)
        .unwrap_or(&topic.name);
    let name = cluster.child(&name.replace('.', "-"));
    labelled(Object::new(cluster, &kind::KAFKA_TOPIC, "kafka", name, body), strimzi)
}

/// A user who may do what gateways and workers do, within the prefix.
fn user_of(cluster: &ValidatedCluster, strimzi: &Strimzi, user: &str) -> Object {
    let authentication = match strimzi.authentication {
        StrimziAuthentication::Tls => "tls",
        StrimziAuthentication::ScramSha512 => "scram-sha-512",
    };
    let prefix = &cluster.kafka.topic_prefix;
    let rule = |kind: &str, operations: &[&str]| json!({ "resource": { "type": kind, "name": prefix, "patternType": "prefix" }, "operations": operations });
    let acls: Value = json!([
        rule("topic", &["Create", "Describe", "DescribeConfigs", "Read", "Write"]),
        rule("group", &["Describe", "Read"]),
        { "resource": { "type": "cluster" }, "operations": ["DescribeConfigs", "IdempotentWrite"] },
    ]);
    let body = json!({
        "spec": {
            "authentication": { "type": authentication },
            "authorization": { "type": "simple", "acls": acls },
        }
    });
    labelled(
        Object::new(cluster, &kind::KAFKA_USER, "kafka", user.to_owned(), body),
        strimzi,
    )
}

fn labelled(mut object: Object, strimzi: &Strimzi) -> Object {
    object.value["metadata"]["labels"][CLUSTER] = json!(strimzi.cluster);
    object
}
