//! KEDA's scaler of a role: gateways by sockets and CPU, workers by lag and CPU.
//!
//! There is no `fallback`: a scaler whose metric is missing keeps the pods that it has, so a Kafka or a Prometheus that is down scales
//! nothing. A gateway that drains is not counted: its sockets are scraped at another moment than those that take them over, so that
//! one that moves could be seen in both. That it is seen in none for a moment is what the scaler's window is for, see
//! [`autoscaler::behavior`].

use serde_json::{Value, json};
use talkline_cluster::kafka::{commands, workers};
use talkline_crds::spec::Autoscaling;
use talkline_dashboards::Scope;
use talkline_metrics::catalog::{
    gateway::{DRAINING, SOCKETS_OPEN},
    target::{CHATCLUSTER, NAMESPACE},
};

use super::{Component, Object, autoscaler, kind, trigger_authentication};
use crate::validate::ValidatedCluster;

pub(super) fn build(cluster: &ValidatedCluster, component: Component, bounds: &Autoscaling) -> Object {
    let name = cluster.child(component.name());
    let load = match component {
        Component::Gateway => sockets(cluster),
        Component::Worker => lag(cluster),
    };
    // A worker without a partition idles.
    let most = match component {
        Component::Gateway => bounds.max_replicas,
        Component::Worker => bounds.max_replicas.min(cluster.partitions),
    };
    let cpu = json!({
        "type": "cpu",
        "metricType": "Utilization",
        "metadata": { "value": bounds.target_cpu_percent.to_string() },
    });
    let body = json!({
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": name },
            "minReplicaCount": bounds.min_replicas.min(most),
            "maxReplicaCount": most,
            "pollingInterval": 15,
            "advanced": {
                "restoreToOriginalReplicaCount": false,
                "horizontalPodAutoscalerConfig": { "behavior": autoscaler::behavior(cluster, component, bounds) },
            },
            "triggers": [load, cpu],
        }
    });
    Object::new(cluster, &kind::SCALED_OBJECT, component.name(), name, body)
}

/// The gateways' sockets, of Prometheus. The schema demands its address.
fn sockets(cluster: &ValidatedCluster) -> Value {
    let (namespace, name) = (&cluster.namespace, &cluster.name);
    let ours = Scope::new(format!(r#"{NAMESPACE}="{namespace}",{CHATCLUSTER}="{name}""#), "");
    let (open, draining) = (ours.of(&SOCKETS_OPEN).now(), ours.of(&DRAINING).now());
    json!({
        "type": "prometheus",
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": cluster.spec.monitoring.prometheus_url,
            "query": format!("sum({open} unless ({draining} == 1))"),
            "threshold": cluster.spec.gateway.sockets.target_per_replica.to_string(),
            // No series is no answer, and not nobody: otherwise a lost scrape would scale in.
            "ignoreNullValues": "false",
        },
    })
}

/// The workers' lag, of Kafka. A group that never committed shows its whole topic only when its offsets are said to begin at the start.
fn lag(cluster: &ValidatedCluster) -> Value {
    let kafka = &cluster.kafka;
    let mut metadata = json!({
        "bootstrapServers": kafka.brokers.join(","),
        "consumerGroup": workers(&kafka.topic_prefix),
        "topic": commands(&kafka.topic_prefix),
        "lagThreshold": cluster.spec.worker.target_lag_per_replica.to_string(),
        "offsetResetPolicy": "earliest",
        "allowIdleConsumers": "false",
        "scaleToZeroOnInvalidOffset": "false",
    });
    if let Value::Object(metadata) = &mut metadata {
        metadata.extend(trigger_authentication::metadata(kafka));
    }
    let mut trigger = json!({ "type": "kafka", "metricType": "AverageValue", "metadata": metadata });
    if let Some(authentication) = trigger_authentication::name(cluster) {
        trigger["authenticationRef"] = json!({ "name": authentication });
    }
    trigger
}
