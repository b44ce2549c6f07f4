//! One look at a load test: read everything anew, decide where it stands, do what follows, say it.
//!
//! Nothing is remembered between two looks but failures. There are few load tests, each is short, and what is read at the moment of a
//! decision cannot be old.

use std::{sync::Arc, time::Instant};

use k8s_openapi::{
    api::{batch::v1::Job, core::v1::Pod},
    jiff::Timestamp,
};
use kube::{
    Api, Client, ResourceExt as _,
    api::{ListParams, Patch},
    runtime::controller::Action,
};
use talkline_crds::{ChatLoadTest, loadtest::Phase};

use super::{
    Context, Guarded,
    build::{self, LOADTEST, Run},
    ended, pace, report,
    seen::{Seen, State},
    standing::{Late, Standing, judge},
    status::{self, Facts},
    target::{self, Resolved},
    validate,
};
use crate::{
    apply::{api, as_operator, reason},
    build::{INSTANCE, NAME, OPERATOR, Object},
    controller::Error,
};

/// The step that failed, and why.
pub(super) type Failed = (&'static str, String);

/// Brings a load test nearer to its end.
///
/// # Errors
/// A step failed; the next try comes by itself.
pub(super) async fn reconcile(test: Arc<Guarded>, context: Arc<Context>) -> Result<Action, Error> {
    let began = Instant::now();
    let metrics = &context.shared.metrics;
    let (namespace, name) = (test.namespace().unwrap_or_default(), test.name_any());
    if let Err(invalid) = &test.0 {
        metrics.reconciled("unreadable", began.elapsed());
        let error = &invalid.error;
        tracing::error!(
            namespace,
            name,
            error,
            "a ChatLoadTest cannot be read; the others go on"
        );
        return Ok(pace::at_rest());
    }
    let place = (namespace, name);
    match look(&context, &place.0, &place.1).await {
        Ok(next) => {
            context.went_well(&place);
            metrics.reconciled("applied", began.elapsed());
            Ok(next)
        }
        Err((step, why)) => {
            let failures = context.failed(&place);
            metrics.reconciled("failed", began.elapsed());
            metrics.step_failed(step);
            let (namespace, name) = place;
            tracing::warn!(
                namespace,
                name,
                step,
                why,
                failures,
                "a load test could not be looked after; it is tried again"
            );
            Err(Error { step, why, failures })
        }
    }
}

async fn look(context: &Context, namespace: &str, name: &str) -> Result<Action, Failed> {
    let shared = &context.shared;
    let tests: Api<ChatLoadTest> = Api::namespaced(shared.client.clone(), namespace);
    let found = tests.get_opt(name).await.map_err(|error| ("read", reason(&error)))?;
    let Some(test) = found.filter(|test| test.metadata.deletion_timestamp.is_none()) else {
        // What it made goes with it.
        return Ok(Action::await_change());
    };
    let now = Timestamp::now();
    let phase = test.status.as_ref().map(|status| status.phase).unwrap_or_default();
    if phase.is_over() {
        return ended::rest(shared, &test, now).await;
    }
    let (standing, facts) = Look {
        context,
        test: &test,
        phase,
        now,
    }
    .stand()
    .await?;
    let status = status::status(&test, &standing, facts, now);
    status::write(shared, &test, &status)
        .await
        .map_err(|error| ("status", error))?;
    Ok(pace::of(&test, &status, now))
}

/// A load test that has not ended, at a moment.
struct Look<'a> {
    context: &'a Context,
    test: &'a ChatLoadTest,
    phase: Phase,
    now: Timestamp,
}

impl Look<'_> {
    fn client(&self) -> &Client {
        &self.context.shared.client
    }

    /// Where it stands, after whatever follows from that was done.
    async fn stand(&self) -> Result<(Standing, Facts), Failed> {
        if let Some(refused) = validate::refused(self.test) {
            return Ok((refused, Facts::default()));
        }
        let seen = list(self.client(), self.test).await?;
        if self.phase == Phase::Pending && seen.agents.is_none() {
            return self.begin().await;
        }
        let late = Late {
            start: self.is_over_time(
                self.test
                    .status
                    .as_ref()
                    .and_then(|status| Some(status.start_time.as_ref()?.0)),
            ),
            controller: self.is_over_time(seen.controller.as_ref().and_then(|job| job.made)),
        };
        let wanted = usize::try_from(self.test.spec.parallelism).unwrap_or(usize::MAX);
        let mut standing = judge(self.phase, wanted, &seen, late);
        let run = self.run(Resolved::named(&self.test.spec.target));
        let mut facts = Facts {
            target: Some(run.target.urls().join(", ")),
            ready: Some(seen.ready()),
            report: None,
        };
        if standing.phase == Phase::Running
            && seen.controller.is_none()
            && let Err(why) = self.apply(&build::controller(&run)).await
        {
            standing = Standing::refused_controller(&why, late.start);
        }
        facts.report = self.report(&run, &seen).await;
        Ok((standing, facts))
    }

    /// Makes the agents, once there is something to aim at.
    async fn begin(&self) -> Result<(Standing, Facts), Failed> {
        let namespace = self.namespace();
        let began = self.test.status.as_ref().and_then(|status| status.start_time.as_ref());
        let is_late = self.is_over_time(began.map(|time| time.0));
        let target = target::resolve(self.client(), &namespace, &self.test.spec.target).await;
        let target = match target.map_err(|error| ("target", reason(&error)))? {
            Ok(target) => target,
            Err(why) => return Ok((Standing::awaited(&why, is_late), Facts::default())),
        };
        let run = self.run(target);
        let facts = Facts {
            target: Some(run.target.urls().join(", ")),
            ready: Some(0),
            report: None,
        };
        for object in build::ground(&run).iter().chain([&build::agents(&run)]) {
            if let Err(why) = self.apply(object).await {
                return Ok((Standing::refused(&why, is_late), Facts::default()));
            }
        }
        Ok((Standing::begun(), facts))
    }

    /// Takes the report, where one is offered and was not taken; and lets go a controller whose report is there.
    async fn report(&self, run: &Run, seen: &Seen) -> Option<talkline_crds::loadtest::Report> {
        let pod = seen
            .controller_pod
            .as_ref()
            .filter(|pod| pod.state == State::Running { is_ready: true })?;
        let place = report::place(pod.address?);
        if self.test.status.as_ref().is_some_and(|status| status.report.is_some()) {
            report::release(place).await;
            return None;
        }
        match report::collect(self.client(), run, place).await {
            Ok(report) => Some(report),
            Err(why) => {
                tracing::warn!(
                    namespace = run.namespace,
                    name = run.name,
                    why,
                    "a report could not be taken"
                );
                None
            }
        }
    }

    fn namespace(&self) -> String {
        self.test.namespace().unwrap_or_default()
    }

    fn run(&self, target: Resolved) -> Run {
        Run {
            name: self.test.name_any(),
            namespace: self.namespace(),
            uid: self.test.metadata.uid.clone(),
            target,
            spec: self.test.spec.clone(),
            apis: *self.context.shared.apis.borrow(),
        }
    }

    fn is_over_time(&self, since: Option<Timestamp>) -> bool {
        let most = i64::from(self.test.spec.start_seconds);
        since.is_some_and(|since| self.now.as_second() >= since.as_second() + most)
    }

    async fn apply(&self, object: &Object) -> Result<(), String> {
        let taken = api(self.client(), object.kind, &self.namespace())
            .patch(&object.name, &as_operator(OPERATOR), &Patch::Apply(&object.value))
            .await;
        self.context.shared.metrics.applied(object.kind.kind, taken.is_ok());
        let (kind, name) = (object.kind.kind, &object.name);
        taken
            .map(drop)
            .map_err(|error| format!("{kind} {name} is not taken: {}", reason(&error)))
    }
}

/// Its Jobs and pods, as they are now.
pub(super) async fn list(client: &Client, test: &ChatLoadTest) -> Result<Seen, Failed> {
    let (namespace, name) = (test.namespace().unwrap_or_default(), test.name_any());
    let ours = ListParams::default().labels(&format!("{NAME}={LOADTEST},{INSTANCE}={name}"));
    let jobs: Api<Job> = Api::namespaced(client.clone(), &namespace);
    let pods: Api<Pod> = Api::namespaced(client.clone(), &namespace);
    let failed = |error: kube::Error| ("list", reason(&error));
    let jobs = jobs.list(&ours).await.map_err(failed)?;
    let pods = pods.list(&ours).await.map_err(failed)?;
    let jobs: Vec<Job> = jobs
        .items
        .into_iter()
        .filter(|job| belongs(job, [&test.metadata.uid]))
        .collect();
    // Pods of a test that had the name before may still be on their way out.
    let is_its = |pod: &Pod| belongs(pod, jobs.iter().map(|job| &job.metadata.uid));
    let pods: Vec<Pod> = pods.items.into_iter().filter(is_its).collect();
    Ok(Seen::of(&name, &jobs, &pods))
}

/// Whether one of these owns an object.
fn belongs<'a>(object: &impl kube::ResourceExt, owners: impl IntoIterator<Item = &'a Option<String>>) -> bool {
    let mut owners = owners.into_iter().flatten();
    owners.any(|uid| object.owner_references().iter().any(|owner| owner.uid == *uid))
}
