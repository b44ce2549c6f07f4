//! The Deployment of a role. Not a StatefulSet: only a ReplicaSet takes the pod away that costs least.
//!
//! A new gateway comes before an old one goes, and one at a time. A rollout does not wait for pods that terminate, so it is
//! `minReadySeconds` that keeps the next drain away until the last one is over.

use serde_json::{Value, json};

use super::{
    Component, Object, kind,
    object::{COSTS, selector},
    pod,
};
use crate::validate::{Scaling, ValidatedCluster};

/// The path of the field that a scaler writes, and that is then left to it.
pub(crate) const REPLICAS: &str = "/spec/replicas";

/// Seconds that a new pod may take to become ready before the rollout counts as stuck, on top of the time that it must have been ready.
const START_SECONDS: u32 = 600;

/// ReplicaSets kept to go back to.
const HISTORY: u32 = 5;

pub(super) fn build(cluster: &ValidatedCluster, component: Component) -> Object {
    let role = component.role(cluster);
    let mut spec = json!({
        "selector": { "matchLabels": selector(cluster, component.name()) },
        "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } },
        "minReadySeconds": role.min_ready_seconds,
        "progressDeadlineSeconds": role.min_ready_seconds + START_SECONDS,
        "revisionHistoryLimit": HISTORY,
        "template": pod::template(cluster, component),
    });
    if role.scaling == Scaling::Fixed {
        spec["replicas"] = json!(role.replicas);
    }
    let body: Value = json!({ "spec": spec });
    let name = cluster.child(component.name());
    Object::new(cluster, &kind::DEPLOYMENT, component.name(), name, body).annotated([(COSTS, &*cluster.costs.word())])
}
