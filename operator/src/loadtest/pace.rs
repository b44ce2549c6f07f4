//! When to look at a load test again if nothing happens to its pods.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::runtime::controller::Action;
use talkline_crds::{
    ChatLoadTest,
    loadtest::{ChatLoadTestStatus, Phase},
};

pub(super) use crate::controller::patience::at_rest;

/// Between two looks for a ChatCluster, or at an API server that did not take an object.
const LOOK: i64 = 3;
/// Between two looks at a run, whose pods tell when something is up. After its end a report is offered for two minutes.
const RUN: i64 = 15;

/// The next look at one that has not ended, and the first one after its end.
pub(super) fn of(test: &ChatLoadTest, status: &ChatLoadTestStatus, now: Timestamp) -> Action {
    let began = status.start_time.as_ref().map_or(now, |time| time.0).as_second();
    let left = began + i64::from(test.spec.start_seconds) - now.as_second();
    within(Some(match status.phase {
        Phase::Pending => LOOK,
        Phase::Starting => left.clamp(1, RUN),
        // A report that was taken, or could not be, is not told by any pod.
        Phase::Running if status.report.is_some() => 1,
        Phase::Running => RUN,
        Phase::Succeeded | Phase::Failed => 1,
    }))
}

/// In so many seconds, or as one at rest.
pub(super) fn within(seconds: Option<i64>) -> Action {
    match seconds.and_then(|seconds| u64::try_from(seconds).ok()) {
        Some(seconds) => Action::requeue(Duration::from_secs(seconds.clamp(1, 300))),
        None => at_rest(),
    }
}
