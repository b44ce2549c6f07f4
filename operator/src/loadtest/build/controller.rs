//! The controller: a Job of one pod that is made once all agents are ready, waits for every one of them, runs the load, leaves its verdict as the
//! container's last word, and offers its report until the operator has it.

use serde_json::json;

use super::{REPORT_PORT, Role, Run, agents, flags, port, template};
use crate::build::{JOB, Object};

/// The file whose content a container leaves in its status; the default of Kubernetes.
const LAST_WORD: &str = "/dev/termination-log";

/// Seconds that the names of agents which are ready may take until they are known.
const AWAIT_SECONDS: u32 = 60;

/// The Job of the controller.
pub(crate) fn controller(run: &Run) -> Object {
    let mut args: Vec<String> = vec!["run".to_owned(), run.spec.scenario.clone()];
    args.extend(flags::of(run));
    let own = [
        ("--agents", agents::addresses(run)),
        ("--await-agents", AWAIT_SECONDS.to_string()),
        ("--offer", format!("0.0.0.0:{REPORT_PORT}")),
        ("--conclusion", LAST_WORD.to_owned()),
    ];
    args.extend(own.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]));
    let container = json!({
        "args": args,
        "ports": [port("report", REPORT_PORT)],
        // Ready is who has a report to offer.
        "readinessProbe": {
            "httpGet": { "path": "/", "port": "report" },
            "periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": 1,
        },
        // Where it leaves no word of its own, its last lines are it.
        "terminationMessagePath": LAST_WORD,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": { "requests": { "cpu": "50m", "memory": "64Mi" }, "limits": { "memory": "1Gi" } },
    });
    let body = json!({
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": run.spec.deadline_seconds,
            "template": template(run, Role::Controller, container, json!({})),
        }
    });
    run.object(&JOB, Role::Controller.name(), "controller", body)
}
