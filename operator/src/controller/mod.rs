//! The loop: what changed is reconciled, a bounded number at once, until the process ends.
//!
//! ChatClusters are watched by generation, so that a status that we write does not wake us. Children are watched without any filter: a
//! deletion has no new generation, and it is what must be noticed. A ChatCluster that cannot be read does not stop the others: it comes
//! as an error of its own.

mod children;
mod context;
mod deletion;
mod drive;
mod holding;
mod index;
mod pace;
pub(crate) mod patience;
mod reconcile;
mod scale_in;
mod scope;

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use kube::{
    Api,
    core::DeserializeGuard,
    runtime::{
        controller::Action,
        reflector::{self, ObjectRef},
    },
};
use talkline_crds::ChatCluster;
use tokio::sync::broadcast;

use crate::upkeep::Place;

#[cfg(test)]
pub(crate) use children::reduced;

pub(crate) use children::{Children, complain, content, resource};
pub(crate) use context::{Context, Shared};
pub(crate) use drive::{Driven, Error, Triggers, drive, own};
pub(crate) use pace::Pace;
pub(crate) use scope::Scope;

/// A ChatCluster, or why it cannot be read.
pub(crate) type Guarded = DeserializeGuard<ChatCluster>;

/// Reconciles the ChatClusters of `scope` for ever, at most `concurrency` at once.
pub(crate) async fn run(shared: Arc<Shared>, scope: Scope, concurrency: u16) {
    let api: Api<Guarded> = scope.api(&shared.client);
    let (store, writer) = reflector::store();
    let (children, touched) = children::watch(&shared.client, &scope, &shared.apis);
    let own = own(api, writer);
    let everything = again(&shared, store.clone());
    let looked = looked_at(&shared, store.clone());
    let triggers = stream::select_all([own, touched, everything, looked]).boxed();
    let context = Arc::new(Context::new(shared, children));
    drive(triggers, store, context, concurrency).await;
}

impl Driven for Context {
    type Object = Guarded;

    async fn look(cluster: Arc<Guarded>, context: Arc<Self>) -> Result<Action, Error> {
        reconcile::reconcile(cluster, context).await
    }

    fn forget(&self, place: &Place) {
        Self::forget(self, place);
    }
}

/// Everybody, when the optional APIs have changed.
fn again(shared: &Shared, store: reflector::Store<Guarded>) -> Triggers<Guarded> {
    let changes = stream::unfold(shared.apis.clone(), |mut apis| async move {
        apis.changed().await.ok()?;
        Some(((), apis))
    });
    let everybody = changes.flat_map(move |()| {
        let requests: Vec<_> = store
            .state()
            .iter()
            .map(|cluster| Ok(ObjectRef::from_obj(&**cluster).into()))
            .collect();
        stream::iter(requests)
    });
    everybody.boxed()
}

/// Those of whose servers something else became known. Should that be too many to be told, they hear of it at their next look.
fn looked_at(shared: &Shared, store: reflector::Store<Guarded>) -> Triggers<Guarded> {
    let changes = stream::unfold(shared.upkeep.changes(), |mut changes| async move {
        let place = changes.recv().await;
        let is_over = matches!(place, Err(broadcast::error::RecvError::Closed));
        (!is_over).then_some((place.ok(), changes))
    });
    let requests = changes.filter_map(move |place| {
        let cluster = place.map(|(namespace, name)| ObjectRef::new(&name).within(&namespace));
        // One of another scope is not in this one's store.
        let cluster = cluster.filter(|cluster| store.get(cluster).is_some());
        std::future::ready(cluster.map(|cluster| Ok(cluster.into())))
    });
    requests.boxed()
}
