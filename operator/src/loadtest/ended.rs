//! What follows the end of a load test: its agents go once Prometheus has seen their last figures, and all of it after its time.
//!
//! Jobs are suspended and not removed: pods that run are ended then, and those that failed stay to be looked at.

use k8s_openapi::{api::batch::v1::Job, jiff::Timestamp};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams, Preconditions},
    runtime::controller::Action,
};
use serde_json::json;
use talkline_crds::ChatLoadTest;

use super::{
    pace,
    reconcile::{Failed, list},
};
use crate::{apply::reason, controller::Shared};

/// Seconds that the agents of a run with figures stay.
const LINGER: i64 = 30;

/// Does what is due at `now`, and says when to look again.
pub(super) async fn rest(shared: &Shared, test: &ChatLoadTest, now: Timestamp) -> Result<Action, Failed> {
    let status = test.status.clone().unwrap_or_default();
    let since = status
        .completion_time
        .map_or(0, |ended| now.as_second() - ended.0.as_second());
    let ttl = test.spec.ttl_seconds_after_finished.map(i64::from);
    if ttl.is_some_and(|ttl| since >= ttl) {
        remove(shared, test).await?;
        return Ok(Action::await_change());
    }
    let linger = if status.figures.is_some() { LINGER } else { 0 };
    if since >= linger {
        dismiss(shared, test).await?;
    }
    let due = [Some(linger), ttl]
        .into_iter()
        .flatten()
        .map(|at| at - since)
        .filter(|left| *left > 0);
    Ok(pace::within(due.min()))
}

/// Ends the pods that still run.
async fn dismiss(shared: &Shared, test: &ChatLoadTest) -> Result<(), Failed> {
    let seen = list(&shared.client, test).await?;
    let namespace = test.namespace().unwrap_or_default();
    let jobs: Api<Job> = Api::namespaced(shared.client.clone(), &namespace);
    for (suffix, job) in [("agents", seen.agents), ("controller", seen.controller)] {
        if job.is_none_or(|job| job.is_over || job.is_suspended) {
            continue;
        }
        let name = format!("{}-{suffix}", test.name_any());
        let suspend = Patch::Merge(json!({ "spec": { "suspend": true } }));
        match jobs.patch(&name, &PatchParams::default(), &suspend).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.is_not_found() => {}
            Err(error) => return Err(("dismiss", format!("Job {name} cannot be suspended: {}", reason(&error)))),
        }
    }
    Ok(())
}

/// Removes it, and with it everything that it made.
async fn remove(shared: &Shared, test: &ChatLoadTest) -> Result<(), Failed> {
    let api: Api<ChatLoadTest> = Api::namespaced(shared.client.clone(), &test.namespace().unwrap_or_default());
    let as_seen = DeleteParams::background().preconditions(Preconditions {
        uid: test.metadata.uid.clone(),
        resource_version: None,
    });
    match api.delete(&test.name_any(), &as_seen).await {
        Ok(_) => {
            shared.metrics.removed("ChatLoadTest");
            Ok(())
        }
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(("remove", reason(&error))),
    }
}
