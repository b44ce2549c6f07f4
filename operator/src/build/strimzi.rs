//! Topics and user as Strimzi's resources, where Kafka is Strimzi's.

use serde_json::{Value, json};
use talkline_crds::spec::{Strimzi, StrimziAuthentication};

use super::{Object, kind};
use crate::validate::ValidatedCluster;

/// The label by which Strimzi knows whose a topic or a user is.
const CLUSTER: &str = "strimzi.io/cluster";

/// Hours that records lie in the dead letters' topic: 90 days, as the runtime makes it.
const DEAD_HOURS: u64 = 90 * 24;

pub(super) fn build(cluster: &ValidatedCluster) -> Vec<Object> {
    let Some((strimzi, user)) = &cluster.kafka.strimzi else {
        return Vec::new();
    };
    let hours = u64::from(cluster.spec.kafka.retention_hours);
    let mut objects = vec![user_of(cluster, strimzi, user)];
    let kept = ["chat.send", "chat.receive", "chat.notify"];
    objects.extend(kept.map(|name| topic(cluster, strimzi, name, cluster.partitions, hours, "delete")));
    objects.push(topic(cluster, strimzi, "chat.dead", 1, DEAD_HOURS, "compact,delete"));
    objects
}

/// A topic as the runtime would make it.
fn topic(
    cluster: &ValidatedCluster,
    strimzi: &Strimzi,
    topic: &str,
    partitions: u32,
    hours: u64,
    cleanup: &str,
) -> Object {
    let kafka = &cluster.spec.kafka;
    let body = json!({
        "spec": {
            "topicName": format!("{}{topic}", cluster.kafka.topic_prefix),
            "partitions": partitions,
            "replicas": kafka.replication(),
            "config": {
                "min.insync.replicas": kafka.min_in_sync(),
                "retention.ms": hours * 3_600_000,
                "unclean.leader.election.enable": false,
                "cleanup.policy": cleanup,
            },
        }
    });
    let name = cluster.child(&topic.replace('.', "-"));
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
