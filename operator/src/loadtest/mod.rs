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

use futures::{StreamExt as _, stream};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kube::{
    Api, Resource, ResourceExt as _,
    core::{DeserializeGuard, PartialObjectMeta},
    runtime::{
        WatchStreamExt as _,
        controller::Action,
        reflector::{self, ObjectRef},
        watcher,
    },
};
use serde::de::DeserializeOwned;
use talkline_crds::ChatLoadTest;

use crate::{
    build::{INSTANCE, NAME},
    controller::{Driven, Error, Pace, Scope, Shared, Triggers, drive, own},
    upkeep::Place,
};

/// A ChatLoadTest, or why it cannot be read.
type Guarded = DeserializeGuard<ChatLoadTest>;

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
    let triggers = stream::select_all([own, jobs, pods]).boxed();
    let context = Arc::new(Context {
        shared,
        failures: Mutex::default(),
    });
    drive(triggers, store, context, concurrency).await;
}

impl Driven for Context {
    type Object = Guarded;

    async fn look(test: Arc<Guarded>, context: Arc<Self>) -> Result<Action, Error> {
        reconcile::reconcile(test, context).await
    }

    fn forget(&self, place: &Place) {
        self.went_well(place);
    }
}

/// Load tests one of whose Jobs or pods changed. Nothing of these is kept.
fn touched<K>(api: Api<PartialObjectMeta<K>>) -> Triggers<Guarded>
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
