//! What drives a controller, whatever its objects are: what wakes it is gathered, looked at, a bounded number at once, and tried again.

use std::{fmt::Debug, sync::Arc, time::Duration};

use futures::{StreamExt as _, future::BoxFuture, stream::BoxStream};
use kube::{
    Api, Resource,
    runtime::{
        WatchStreamExt as _,
        controller::{self, Action, Config, ReconcileRequest, trigger_self},
        predicates,
        reflector::{Store, store::Writer},
        watcher,
    },
};
use serde::de::DeserializeOwned;

use super::{complain, pace::Pace, patience};
use crate::upkeep::Place;

/// How long changes to one object are gathered: a rollout touches its Deployment many times a second.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// What wakes a look, or a watch that failed.
pub(crate) type Triggers<K> = BoxStream<'static, Result<ReconcileRequest<K>, watcher::Error>>;

/// A look that did not come to its end. It was logged.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {why}")]
pub(crate) struct Error {
    /// The step that failed.
    pub(crate) step: &'static str,
    /// Why.
    pub(crate) why: String,
    /// How many in a row this one makes.
    pub(crate) failures: u32,
}

/// The context of a scope, which knows how to look after an object.
pub(crate) trait Driven: Send + Sync + 'static {
    /// The objects, each perhaps one that cannot be read.
    type Object: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static;

    /// Brings the world to what an object says.
    ///
    /// # Errors
    /// A step failed; the next try comes by itself.
    fn look(object: Arc<Self::Object>, context: Arc<Self>) -> impl Future<Output = Result<Action, Error>> + Send;

    /// Forgets one that is gone.
    fn forget(&self, place: &Place);
}

/// Looks after objects for ever, at most `concurrency` at once.
pub(crate) async fn drive<C: Driven>(
    triggers: Triggers<C::Object>,
    store: Store<C::Object>,
    context: Arc<C>,
    concurrency: u16,
) {
    let config = Config::default().debounce(DEBOUNCE).concurrency(concurrency);
    let look = |object, context| -> BoxFuture<'static, Result<Action, Error>> { Box::pin(C::look(object, context)) };
    let again = |_, error: &Error, _| patience::retry(error.failures);
    controller::applier(look, again, context.clone(), store, triggers, config)
        .for_each(|outcome| {
            match outcome {
                Ok(_) | Err(controller::Error::ReconcilerFailed(..)) => {}
                Err(controller::Error::ObjectNotFound(gone)) => {
                    context.forget(&(gone.namespace.unwrap_or_default(), gone.name));
                }
                Err(controller::Error::QueueError(error)) => complain(&error),
                Err(error) => tracing::error!(%error, "a controller's loop failed"),
            }
            std::future::ready(())
        })
        .await;
}

/// Objects whose spec changed, or that came or went.
pub(crate) fn own<K>(api: Api<K>, writer: Writer<K>) -> Triggers<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let changes = watcher(api, watcher::Config::default())
        .backoff(Pace::default())
        .modify(|object| object.meta_mut().managed_fields = None)
        .reflect(writer)
        .touched_objects()
        .predicate_filter(predicates::generation, kube::runtime::PredicateConfig::default());
    trigger_self(changes, ()).boxed()
}
