//! What Prometheus scrapes: the admin ports of gateways and workers, where the Prometheus operator's API is served.

use serde_json::{Value, json};
use talkline_crds::spec::Optional;
use talkline_metrics::catalog::target;

use super::{
    Component, Object, kind,
    object::{COMPONENT, INSTANCE, pods_of},
};
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
                    "relabelings": [
                        labelled(INSTANCE, target::CHATCLUSTER),
                        labelled(COMPONENT, target::ROLE),
                    ],
                }],
            }
        });
        Object::new(cluster, &kind::POD_MONITOR, "monitoring", cluster.name.clone(), body)
    })
}

/// A label of a pod, as a label of its series.
fn labelled(of_pod: &str, of_series: &str) -> Value {
    let name = of_pod.replace(['.', '/', '-'], "_");
    json!({ "sourceLabels": [format!("__meta_kubernetes_pod_label_{name}")], "targetLabel": of_series })
}
