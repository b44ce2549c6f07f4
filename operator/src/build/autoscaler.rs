//! The HorizontalPodAutoscaler of a role that is scaled by CPU, and the pace of any scaler.

use serde_json::{Value, json};
use talkline_crds::spec::Autoscaling;

use super::{Component, Object, kind};
use crate::validate::ValidatedCluster;

/// The longest period that a policy may have, in seconds.
const LONGEST_PERIOD: u32 = 1_800;
/// The longest time for which a load may be asked to have been lower, in seconds.
const LONGEST_WINDOW: u32 = 3_600;

pub(super) fn build(cluster: &ValidatedCluster, component: Component, bounds: &Autoscaling) -> Object {
    let name = cluster.child(component.name());
    let body = json!({
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": name },
            "minReplicas": bounds.min_replicas,
            "maxReplicas": bounds.max_replicas,
            "metrics": [{
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": { "type": "Utilization", "averageUtilization": bounds.target_cpu_percent },
                },
            }],
            "behavior": behavior(cluster, component, bounds),
        }
    });
    Object::new(cluster, &kind::AUTOSCALER, component.name(), name, body)
}

/// Up at once; down by one pod a period, which is as long as a gateway takes to drain, so that one drains at a time. The load must have
/// been lower for as long, since the sockets of one that drains are not counted until others have them.
pub(super) fn behavior(cluster: &ValidatedCluster, component: Component, bounds: &Autoscaling) -> Value {
    let drain = component.role(cluster).min_ready_seconds;
    let period = drain.clamp(15, LONGEST_PERIOD);
    json!({
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                { "type": "Percent", "value": 100, "periodSeconds": 30 },
                { "type": "Pods", "value": 4, "periodSeconds": 30 },
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": bounds.scale_down_seconds.max(drain).min(LONGEST_WINDOW),
            "selectPolicy": "Max",
            "policies": [{ "type": "Pods", "value": 1, "periodSeconds": period }],
        },
    })
}
