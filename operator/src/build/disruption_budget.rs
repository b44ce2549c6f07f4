//! One pod of a role at a time may be evicted. A pod that is not ready may always be: it serves nobody.

use serde_json::json;

use super::{Component, Object, kind, object::selector};
use crate::validate::ValidatedCluster;

pub(super) fn build(cluster: &ValidatedCluster, component: Component) -> Object {
    let body = json!({
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": { "matchLabels": selector(cluster, component.name()) },
        }
    });
    let name = cluster.child(component.name());
    Object::new(cluster, &kind::DISRUPTION_BUDGET, component.name(), name, body)
}
