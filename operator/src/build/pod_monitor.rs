//! What Prometheus scrapes: the admin ports of gateways and workers, where the Prometheus operator's API is served.

use serde_json::json;
use talkline_crds::spec::Optional;

use super::{Component, Object, kind, object::pods_of};
use crate::validate::ValidatedCluster;

pub(super) fn build(cluster: &ValidatedCluster) -> Option<Object> {
    let monitoring = &cluster.spec.monitoring;
    let wanted = monitoring.pod_monitor == Optional::Auto && cluster.apis.prometheus;
    wanted.then(|| {
        let selector = pods_of(cluster, &Component::ALL)["podSelector"].take();
        let body = json!({
            "spec": {
                "selector": selector,
                "podMetricsEndpoints": [{
                    "port": "admin",
                    "path": "/metrics",
                    "interval": format!("{}s", monitoring.scrape_interval_seconds),
                }],
            }
        });
        Object::new(cluster, &kind::POD_MONITOR, "monitoring", cluster.name.clone(), body)
    })
}
