//! The identity of a role's pods. It has no rights, and no token of it is mounted: neither role talks to Kubernetes.

use serde_json::json;

use super::{Component, Object, kind};
use crate::validate::ValidatedCluster;

pub(super) fn build(cluster: &ValidatedCluster, component: Component) -> Object {
    let name = cluster.child(component.name());
    let body = json!({ "automountServiceAccountToken": false });
    Object::new(cluster, &kind::SERVICE_ACCOUNT, component.name(), name, body)
}
