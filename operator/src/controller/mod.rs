//! The loop: what changed is reconciled, a bounded number at once, until the process ends.
//!
//! ChatClusters are watched by generation, so that a status that we write does not wake us. Children are watched without any filter: a
//! deletion has no new generation, and it is what must be noticed. A ChatCluster that cannot be read does not stop the others: it comes
//! as an error of its own.

mod children;
mod context;
mod deletion;
mod holding;
mod index;
mod pace;
pub(crate) mod patience;
mod reconcile;
mod scale_in;
mod scope;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, future::BoxFuture, stream};
use kube::{
    Api,
    core::DeserializeGuard,
    runtime::{
        WatchStreamExt as _,
        controller::{self, Action, Config, ReconcileRequest, trigger_self},
        predicates,
        reflector::{self, ObjectRef},
        watcher,
    },
};
use talkline_crds::ChatCluster;
use tokio::sync::broadcast;

#[cfg(test)]
pub(crate) use children::reduced;

pub(crate) use children::{Children, complain, content, resource};
pub(crate) use context::{Context, Shared};
pub(crate) use pace::Pace;
pub(crate) use scope::Scope;

/// A ChatCluster, or why it cannot be read.
pub(crate) type Guarded = DeserializeGuard<ChatCluster>;

/// How long changes to one object are gathered: a rollout touches its Deployment many times a second.
pub(crate) const DEBOUNCE: Duration = Duration::from_millis(100);

/// What wakes a reconcile, or a watch that failed.
type Triggers = stream::BoxStream<'static, Result<ReconcileRequest<Guarded>, watcher::Error>>;

/// Reconciles the ChatClusters of `scope` for ever, at most `concurrency` at once.
pub(crate) async fn run(shared: Arc<Shared>, scope: Scope, concurrency: u16) {
    let api: Api<Guarded> = scope.api(&shared.client);
    let (store, writer) = reflector::store();
    let (children, touched) = children::watch(&shared.client, &scope, &shared.apis);
    let own = own(api, writer);
    let everything = again(&shared, store.clone());
    let looked = looked_at(&shared, store.clone());
    let triggers: Triggers = stream::select_all([own, touched, everything, looked]).boxed();
    let context = Arc::new(Context::new(shared, children));
    let config = Config::default().debounce(DEBOUNCE).concurrency(concurrency);
    let reconcile = |cluster, context| -> BoxFuture<'static, Result<Action, reconcile::Error>> {
        Box::pin(reconcile::reconcile(cluster, context))
    };
    controller::applier(reconcile, patience::after, context.clone(), store, triggers, config)
        .for_each(|outcome| {
            report(&context, outcome);
            futures::future::ready(())
        })
        .await;
}

/// ChatClusters whose spec, labels or annotations changed, or that came or went.
fn own(api: Api<Guarded>, writer: reflector::store::Writer<Guarded>) -> Triggers {
    let changes = watcher(api, watcher::Config::default())
        .backoff(Pace::default())
        .modify(|cluster| kube::ResourceExt::managed_fields_mut(cluster).clear())
        .reflect(writer)
        .touched_objects()
        .predicate_filter(predicates::generation, kube::runtime::PredicateConfig::default());
    trigger_self(changes, ()).boxed()
}

/// Everybody, when the optional APIs have changed.
fn again(shared: &Shared, store: reflector::Store<Guarded>) -> Triggers {
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
fn looked_at(shared: &Shared, store: reflector::Store<Guarded>) -> Triggers {
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

/// What a reconcile, or a watch, came to. Failures of a reconcile were logged where they were handled.
fn report(
    context: &Context,
    outcome: Result<(ObjectRef<Guarded>, Action), controller::Error<reconcile::Error, watcher::Error>>,
) {
    match outcome {
        Ok(_) | Err(controller::Error::ReconcilerFailed(..)) => {}
        Err(controller::Error::ObjectNotFound(gone)) => context.forget(&gone.namespace, &gone.name),
        Err(controller::Error::QueueError(error)) => children::complain(&error),
        Err(error) => tracing::error!(%error, "the loop failed"),
    }
}
