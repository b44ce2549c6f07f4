//! The second controller: load tests of chats, each from its making to its end.
//!
//! A ChatLoadTest becomes agents (an indexed Job), then a controller (a Job of one pod), then a report. Where it stands is decided in one pure
//! function, [`standing::judge`], over what the API server lists at that moment; watches only say when to look.

mod build;
mod conclusion;
mod ended;
mod pace;
mod reason;
mod reconcile;
mod report;
mod seen;
mod standing;
mod status;
mod target;
#[cfg(test)]
mod tests;
mod validate;

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt as _, future::BoxFuture, stream};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kube::{
    Api, Resource, ResourceExt as _,
    core::{DeserializeGuard, PartialObjectMeta},
    runtime::{
        WatchStreamExt as _,
        controller::{self, Action, Config, ReconcileRequest, trigger_self},
        predicates,
        reflector::{self, ObjectRef},
        watcher,
    },
};
use serde::de::DeserializeOwned;
use talkline_crds::ChatLoadTest;

use crate::{
    build::{INSTANCE, NAME},
    controller::{DEBOUNCE, Pace, Scope, Shared, complain},
    upkeep::Place,
};

/// A ChatLoadTest, or why it cannot be read.
type Guarded = DeserializeGuard<ChatLoadTest>;

/// What wakes a look, or a watch that failed.
type Triggers = stream::BoxStream<'static, Result<ReconcileRequest<Guarded>, watcher::Error>>;

/// The context of one scope.
pub(crate) struct Context {
    shared: Arc<Shared>,
    /// Failures in a row.
    failures: Mutex<HashMap<Place, u32>>,
}

impl Context {
    fn failed(&self, place: &Place) -> u32 {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(place.clone()).or_default();
        *count = count.saturating_add(1);
        *count
    }

    fn went_well(&self, place: &Place) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(place);
    }
}

/// Looks after the ChatLoadTests of `scope` for ever, at most `concurrency` at once.
pub(crate) async fn run(shared: Arc<Shared>, scope: Scope, concurrency: u16) {
    let (store, writer) = reflector::store();
    let client = &shared.client;
    let own = own(scope.api(client), writer);
    let (jobs, pods) = (touched::<Job>(scope.api(client)), touched::<Pod>(scope.api(client)));
    let triggers: Triggers = stream::select_all([own, jobs, pods]).boxed();
    let context = Arc::new(Context {
        shared,
        failures: Mutex::default(),
    });
    let config = Config::default().debounce(DEBOUNCE).concurrency(concurrency);
    let look = |test, context| -> BoxFuture<'static, Result<Action, reconcile::Error>> {
        Box::pin(reconcile::reconcile(test, context))
    };
    controller::applier(look, pace::after, context.clone(), store, triggers, config)
        .for_each(|outcome| {
            report_on(&context, outcome);
            futures::future::ready(())
        })
        .await;
}

/// ChatLoadTests that came, or went.
fn own(api: Api<Guarded>, writer: reflector::store::Writer<Guarded>) -> Triggers {
    let changes = watcher(api, watcher::Config::default())
        .backoff(Pace::default())
        .modify(|test| kube::ResourceExt::managed_fields_mut(test).clear())
        .reflect(writer)
        .touched_objects()
        .predicate_filter(predicates::generation, kube::runtime::PredicateConfig::default());
    trigger_self(changes, ()).boxed()
}

/// Load tests one of whose Jobs or pods changed. Nothing of these is kept.
fn touched<K>(api: Api<PartialObjectMeta<K>>) -> Triggers
where
    PartialObjectMeta<K>: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let ours = watcher::Config::default().labels(&format!("{NAME}={}", build::LOADTEST));
    let changes = watcher(api, ours).backoff(Pace::default()).touched_objects();
    let requests = changes.filter_map(|change| {
        let request = change.map(|object| {
            let test = object.labels().get(INSTANCE)?;
            Some(ObjectRef::new(test).within(&object.namespace()?).into())
        });
        std::future::ready(request.transpose())
    });
    requests.boxed()
}

/// What a look, or a watch, came to. Failures of a look were logged where they were handled.
fn report_on(
    context: &Context,
    outcome: Result<(ObjectRef<Guarded>, Action), controller::Error<reconcile::Error, watcher::Error>>,
) {
    match outcome {
        Ok(_) | Err(controller::Error::ReconcilerFailed(..)) => {}
        Err(controller::Error::ObjectNotFound(gone)) => {
            context.went_well(&(gone.namespace.unwrap_or_default(), gone.name));
        }
        Err(controller::Error::QueueError(error)) => complain(&error),
        Err(error) => tracing::error!(%error, "the loop of load tests failed"),
    }
}
