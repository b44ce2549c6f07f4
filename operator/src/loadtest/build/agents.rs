//! The agents: an indexed Job, so that each has a name of its own, and one that is lost is not replaced in the middle of a run.

use serde_json::json;

use super::{CONTROL_PORT, Role, Run, port, template};
use crate::build::{ADMIN_PORT, JOB, Object, whole_cores};

/// Seconds past the test's own deadlines after which agents are ended though nobody looks after them any more.
const MARGIN: u32 = 300;

/// The Job of the agents.
pub(crate) fn agents(run: &Run) -> Object {
    let spec = &run.spec;
    let cores = spec.resources.requests.cpu.as_ref();
    let threads = cores.and_then(|cores| whole_cores(&json!(cores))).unwrap_or(1);
    let container = json!({
        "args": [
            "agent",
            "--listen", format!("0.0.0.0:{CONTROL_PORT}"),
            "--metrics", format!("0.0.0.0:{ADMIN_PORT}"),
            "--workers", threads.to_string(),
        ],
        "ports": [port("control", CONTROL_PORT), port("metrics", ADMIN_PORT)],
        // It shows its metrics from the moment on when it waits for work.
        "readinessProbe": { "httpGet": { "path": "/metrics", "port": "metrics" }, "periodSeconds": 1, "timeoutSeconds": 5 },
        "resources": spec.resources,
    });
    let apart = json!({
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": { "matchLabels": run.selector(Role::Agent) },
    });
    let name = run.child("agents");
    let more = json!({ "subdomain": name, "topologySpreadConstraints": [apart] });
    let body = json!({
        "spec": {
            "completionMode": "Indexed",
            "completions": spec.parallelism,
            "parallelism": spec.parallelism,
            // The others do their own part: a Job that ended with its first failure would take them away.
            "backoffLimitPerIndex": 0,
            "activeDeadlineSeconds": spec.start_seconds + spec.deadline_seconds + MARGIN,
            "template": template(run, Role::Agent, container, more),
        }
    });
    run.object(&JOB, Role::Agent.name(), "agents", body)
}

/// Where the controller finds each of them: the names that the Job gives its pods, under the Service.
pub(super) fn addresses(run: &Run) -> String {
    let name = run.child("agents");
    let all = (0..run.spec.parallelism).map(|index| format!("{name}-{index}.{name}:{CONTROL_PORT}"));
    all.collect::<Vec<_>>().join(",")
}
