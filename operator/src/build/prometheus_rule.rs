//! What Prometheus computes and reports of a cluster, where the Prometheus operator's API is served: the rules of `dashboards/`, for its
//! pods alone.

use serde_json::json;
use talkline_crds::spec::Optional;
use talkline_dashboards::{
    Scope,
    rules::{self, Group},
};

use super::{Object, kind};
use crate::validate::ValidatedCluster;

pub(super) fn build(cluster: &ValidatedCluster) -> Option<Object> {
    let wanted = cluster.spec.monitoring.prometheus_rule == Optional::Auto && cluster.apis.prometheus;
    wanted.then(|| {
        let body = json!({ "spec": rules::json(&groups(cluster)) });
        Object::new(
            cluster,
            &kind::PROMETHEUS_RULE,
            "monitoring",
            cluster.name.clone(),
            body,
        )
    })
}

fn groups(cluster: &ValidatedCluster) -> Vec<Group> {
    let (namespace, name) = (&cluster.namespace, &cluster.name);
    let pods = Scope::new(format!(r#"namespace="{namespace}",chatcluster="{name}""#), "5m");
    rules::of_chats(&pods, &format!("talkline.{namespace}.{name}"))
}
