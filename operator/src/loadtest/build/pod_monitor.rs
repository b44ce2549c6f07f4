//! What Prometheus scrapes of a load test, where the Prometheus operator's API is served: the board of load tests finds the agents by
//! namespace and pod.

use serde_json::json;
use talkline_crds::spec::Optional;

use super::{Role, Run};
use crate::build::{Object, POD_MONITOR};

/// Seconds between two scrapes: a load test is short.
const INTERVAL: &str = "5s";

pub(super) fn build(run: &Run) -> Option<Object> {
    let wanted = run.spec.pod_monitor == Optional::Auto && run.apis.prometheus;
    wanted.then(|| {
        let body = json!({
            "spec": {
                "selector": { "matchLabels": run.selector(Role::Agent) },
                "podMetricsEndpoints": [{ "port": "metrics", "path": "/metrics", "interval": INTERVAL }],
            }
        });
        run.object(&POD_MONITOR, Role::Agent.name(), "agents", body)
    })
}
