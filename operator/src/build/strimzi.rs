//! Topics and user as Strimzi's resources, where Kafka is Strimzi's.

use serde_json::{Map, Value, json};
use talkline_cluster::kafka::{Topic, commands, topics};
use talkline_crds::{
    DeletionPolicy,
    spec::{Strimzi, StrimziAuthentication},
};

use super::{Object, kind};
use crate::validate::{OfStrimzi, ValidatedCluster};

/// The label by which Strimzi knows whose a topic or a user is.
const CLUSTER: &str = "strimzi.io/cluster";

pub(super) fn build(cluster: &ValidatedCluster) -> Vec<Object> {
    let Some(strimzi) = &cluster.kafka.strimzi else {
        return Vec::new();
    };
    let mut objects = vec![user(cluster, strimzi)];
    objects.extend(topics(&cluster.log()).map(|wanted| topic(cluster, &strimzi.spec, &wanted)));
    objects
}

/// The `KafkaTopic` of the commands.
pub(crate) fn commands_topic(cluster: &ValidatedCluster) -> String {
    resource(cluster, &commands(&cluster.kafka.topic_prefix))
}

/// The `KafkaTopic` of a topic.
fn resource(cluster: &ValidatedCluster, topic: &str) -> String {
    let name = topic.strip_prefix(&cluster.kafka.topic_prefix).unwrap_or(topic);
    cluster.child(&name.replace('.', "-"))
}

/// A topic as the runtime would make it. With its resource Strimzi deletes the topic and all that is in it, so the resource outlives the
/// ChatCluster where the data shall.
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
    let name = resource(cluster, &topic.name);
    let object = labelled(Object::new(cluster, &kind::KAFKA_TOPIC, "kafka", name, body), strimzi);
    match cluster.spec.deletion_policy {
        DeletionPolicy::Delete => object,
        DeletionPolicy::Retain => object.unowned(),
    }
}

/// A user who may do what gateways and workers do, within the prefix.
fn user(cluster: &ValidatedCluster, strimzi: &OfStrimzi) -> Object {
    let authentication = match strimzi.spec.authentication {
        StrimziAuthentication::Tls => "tls",
        StrimziAuthentication::ScramSha512 => "scram-sha-512",
    };
    let mut body = json!({ "spec": { "authentication": { "type": authentication } } });
    if strimzi.has_acls {
        body["spec"]["authorization"] = json!({ "type": "simple", "acls": acls(&cluster.kafka.topic_prefix) });
    }
    let object = Object::new(cluster, &kind::KAFKA_USER, "kafka", strimzi.user.clone(), body);
    labelled(object, &strimzi.spec)
}

fn acls(prefix: &str) -> Value {
    let rule = |kind: &str, operations: &[&str]| json!({ "resource": { "type": kind, "name": prefix, "patternType": "prefix" }, "operations": operations });
    json!([
        rule("topic", &["Create", "Describe", "DescribeConfigs", "Read", "Write"]),
        rule("group", &["Describe", "Read"]),
        { "resource": { "type": "cluster" }, "operations": ["DescribeConfigs", "IdempotentWrite"] },
    ])
}

fn labelled(mut object: Object, strimzi: &Strimzi) -> Object {
    object.value["metadata"]["labels"][CLUSTER] = json!(strimzi.cluster);
    object
}
