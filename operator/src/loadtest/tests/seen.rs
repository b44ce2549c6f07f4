//! Jobs and pods as Kubernetes writes them, and what is seen in them.

use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use serde_json::{Value, json};

use crate::loadtest::{
    reason::Reason,
    seen::{End, Seen, State},
};

/// What is seen of an agent's pod with this status.
fn seen(status: &Value) -> State {
    let labels = json!({ "app.kubernetes.io/component": "agent" });
    let value = json!({ "metadata": { "name": "evening-agents-1-x", "labels": labels }, "status": status });
    let pod: Pod = serde_json::from_value(value).unwrap();
    Seen::of("evening", &[], &[pod]).agent_pods[0].state.clone()
}

fn container(phase: &str, state: Value) -> Value {
    let container =
        json!({ "name": "agent", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state });
    json!({ "phase": phase, "containerStatuses": [container] })
}

fn condition(phase: &str, kind: &str, status: &str, reason: &str) -> Value {
    let condition = json!({ "type": kind, "status": status, "reason": reason, "message": "why" });
    json!({ "phase": phase, "conditions": [condition] })
}

#[test]
fn a_pod_that_waits_says_whether_it_will_go_on() {
    let waiting = |reason: &str| container("Pending", json!({ "waiting": { "reason": reason, "message": "why" } }));
    let stuck = |reason, why: &str| State::Stuck(reason, why.to_owned());
    let table = [
        (
            condition("Pending", "PodScheduled", "False", "Unschedulable"),
            stuck(Reason::Unschedulable, "why"),
        ),
        (
            waiting("ImagePullBackOff"),
            stuck(Reason::ImageUnavailable, "ImagePullBackOff: why"),
        ),
        (
            waiting("CreateContainerConfigError"),
            stuck(Reason::ContainerRefused, "CreateContainerConfigError: why"),
        ),
        (waiting("ContainerCreating"), State::Waiting),
        (json!({ "phase": "Pending" }), State::Waiting),
        (json!({ "phase": "Running" }), State::Running { is_ready: false }),
        (
            condition("Running", "Ready", "True", ""),
            State::Running { is_ready: true },
        ),
    ];
    for (status, expected) in table {
        assert_eq!(seen(&status), expected, "{status}");
    }
}

#[test]
fn a_pod_that_has_ended_says_how() {
    let terminated = |state: Value| container("Failed", json!({ "terminated": state }));
    let with_reason = |reason: &str| json!({ "phase": "Failed", "reason": reason, "message": "why" });
    let table = [
        (with_reason("Evicted"), End::Evicted("why".to_owned())),
        (
            condition("Failed", "DisruptionTarget", "True", "PreemptionByScheduler"),
            End::Evicted("PreemptionByScheduler: why".to_owned()),
        ),
        (
            terminated(json!({ "exitCode": 137, "reason": "OOMKilled" })),
            End::OutOfMemory,
        ),
        (
            terminated(json!({ "exitCode": 2, "reason": "Error", "message": "why" })),
            End::Exited(2, "why".to_owned()),
        ),
        (
            with_reason("UnexpectedAdmissionError"),
            End::Unknown("UnexpectedAdmissionError: why".to_owned()),
        ),
    ];
    for (status, expected) in table {
        assert_eq!(seen(&status), State::Ended(expected), "{status}");
    }
}

#[test]
fn jobs_are_read_as_kubernetes_writes_them() {
    let value = json!({
        "metadata": { "name": "evening-agents", "creationTimestamp": "2026-11-26T10:00:00Z" },
        "spec": { "suspend": true, "template": {} },
        "status": { "failedIndexes": "1,3-5", "conditions": [{ "type": "Failed", "status": "True", "reason": "DeadlineExceeded" }] },
    });
    let job: Job = serde_json::from_value(value).unwrap();
    let seen = Seen::of("evening", &[job], &[]).agents.unwrap();
    assert_eq!(seen.failed.as_deref(), Some("DeadlineExceeded"));
    assert_eq!(seen.failed_indexes.as_deref(), Some("1,3-5"));
    assert!(seen.is_suspended && seen.is_over && seen.made.is_some());
}
