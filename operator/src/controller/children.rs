//! What there is of a ChatCluster's objects, kept up to date by watches on our own labels.
//!
//! Of each object only what decides is kept: metadata without managed fields, the status of workloads and of the way in, and a hash over the rest. So the
//! whole of a large cluster fits into little memory, and whatever changes an object is still seen.

use std::time::Duration;

use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use kube::{
    Api, Client, ResourceExt as _,
    api::DynamicObject,
    core::ApiResource,
    runtime::{
        WatchStreamExt as _,
        controller::{ReconcileRequest, trigger_owners, trigger_with},
        reflector::{ObjectRef, Store, store::Writer},
        watcher,
    },
};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{Guarded, Scope, Triggers, index::Index, pace::Pace};
use crate::{
    build::{
        self, DEPLOYMENT, HTTP_ROUTE, INGRESS, INSTANCE, KAFKA_TOPIC, Kind, MANAGED_BY, OPERATOR, OWNED, STATEFUL_SET,
        THREADS,
    },
    validate::Apis,
};

/// How long the first list of a kind may take before a reconcile fails.
const FIRST_LIST: Duration = Duration::from_secs(60);

/// A kind of child, and its objects.
struct Kept {
    kind: &'static Kind,
    resource: ApiResource,
    store: Store<DynamicObject>,
    index: Index,
}

/// The objects of all ChatClusters of a scope.
pub(crate) struct Children(Vec<Kept>);

/// Watches every kind: those of optional APIs as long as these are served.
pub(super) fn watch(client: &Client, scope: &Scope, apis: &watch::Receiver<Apis>) -> (Children, Triggers<Guarded>) {
    let mut kept = Vec::new();
    let mut streams = Vec::new();
    for kind in OWNED {
        let resource = resource(kind);
        let api: Api<DynamicObject> = match scope {
            Scope::Everywhere => Api::all_with(client.clone(), &resource),
            Scope::Namespace(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        };
        let (writer, index) = (Writer::new(resource.clone()), Index::default());
        kept.push(Kept {
            kind,
            resource: resource.clone(),
            store: writer.as_reader(),
            index: index.clone(),
        });
        let mut keeper = index.keeper();
        let ours = watcher::Config::default().labels(&format!("{MANAGED_BY}={OPERATOR}"));
        let changes = watcher(api, ours).backoff(Pace::default()).boxed();
        let touched = while_served(kind, apis.clone(), changes)
            .modify(move |object| reduce(kind, object))
            .reflect(writer)
            .inspect_ok(move |event| keeper.follow(event))
            .touched_objects();
        streams.push(match kind == &KAFKA_TOPIC {
            true => trigger_with(touched, labelled).boxed(),
            false => trigger_owners::<Guarded, _>(touched, (), resource).boxed(),
        });
    }
    (Children(kept), stream::select_all(streams).boxed())
}

/// The ChatCluster that an object is of by its label: that of one without an owner.
fn labelled(object: DynamicObject) -> Option<ReconcileRequest<Guarded>> {
    let cluster = ObjectRef::new(object.labels().get(INSTANCE)?);
    Some(cluster.within(&object.namespace()?).into())
}

/// The events of a watch, which is not asked for any while its API is not served: it would fail for ever.
fn while_served<S: Stream + Unpin>(
    kind: &'static Kind,
    apis: watch::Receiver<Apis>,
    changes: S,
) -> impl Stream<Item = S::Item> {
    stream::unfold((changes, apis), move |(mut changes, mut apis)| async move {
        // Nobody follows the APIs any more when the process ends.
        drop(apis.wait_for(|apis| apis.serve(kind.group())).await.ok()?);
        let change = changes.next().await?;
        Some((change, (changes, apis)))
    })
}

/// What the API calls a kind.
pub(crate) fn resource(kind: &Kind) -> ApiResource {
    ApiResource {
        group: kind.group().to_owned(),
        version: kind.version().to_owned(),
        api_version: kind.api_version.to_owned(),
        kind: kind.kind.to_owned(),
        plural: kind.plural.to_owned(),
    }
}

/// A hash over what somebody may have changed: all but metadata and status.
pub(crate) fn content(object: &DynamicObject) -> Value {
    let mut content = object.data.clone();
    if let Value::Object(fields) = &mut content {
        fields.remove("status");
    }
    json!(build::hash(&content))
}

/// The images of containers, by name.
fn images(template: &Value) -> Map<String, Value> {
    let containers = template.pointer("/spec/containers").and_then(Value::as_array);
    let named = containers
        .into_iter()
        .flatten()
        .filter_map(|container| Some((container["name"].as_str()?.to_owned(), container["image"].clone())));
    named.collect()
}

/// The images of containers that are not told on how many threads to run, by name.
fn untold(template: &Value) -> Map<String, Value> {
    let containers = template.pointer("/spec/containers").and_then(Value::as_array);
    let is_told = |container: &&Value| {
        let variables = container["env"].as_array();
        variables
            .into_iter()
            .flatten()
            .any(|variable| variable["name"] == THREADS)
    };
    let untold = containers.into_iter().flatten().filter(|container| !is_told(container));
    let named =
        untold.filter_map(|container| Some((container["name"].as_str()?.to_owned(), container["image"].clone())));
    named.collect()
}

/// Keeps what decides.
fn reduce(kind: &Kind, object: &mut DynamicObject) {
    let content = content(object);
    let (status, spec) = (&object.data["status"], &object.data["spec"]);
    object.data = if [&DEPLOYMENT, &STATEFUL_SET].contains(&kind) {
        let (images, untold) = (images(&spec["template"]), untold(&spec["template"]));
        json!({ "content": content, "status": status, "replicas": spec["replicas"], "images": images, "untold": untold })
    } else if [&INGRESS, &HTTP_ROUTE].contains(&kind) {
        json!({ "content": content, "status": status })
    } else {
        json!({ "content": content })
    };
    object.managed_fields_mut().clear();
}

impl Children {
    /// Waits until every built-in kind was listed once; before, nothing is known of what there is not.
    ///
    /// # Errors
    /// The API server does not answer in time.
    pub(crate) async fn ready(&self) -> Result<(), tokio::time::error::Elapsed> {
        let builtin = self.0.iter().filter(|kept| kept.kind.is_builtin());
        let listed = futures::future::join_all(builtin.map(|kept| kept.store.wait_until_ready()));
        tokio::time::timeout(FIRST_LIST, listed).await.map(drop)
    }

    /// One object.
    pub(crate) fn find(&self, kind: &Kind, namespace: &str, name: &str) -> Option<std::sync::Arc<DynamicObject>> {
        let kept = self.0.iter().find(|kept| kept.kind == kind)?;
        let place = ObjectRef::new_with(name, kept.resource.clone()).within(namespace);
        kept.store.get(&place)
    }

    /// The names of all objects of a kind that belong to a ChatCluster by label.
    pub(crate) fn names(&self, kind: &Kind, namespace: &str, cluster: &str) -> Vec<String> {
        let Some(kept) = self.0.iter().find(|kept| kept.kind == kind) else {
            return Vec::new();
        };
        let is_its = |name: &String| {
            let object = self.find(kind, namespace, name);
            object.is_some_and(|object| object.labels().get(INSTANCE).is_some_and(|owner| owner == cluster))
        };
        kept.index.of(namespace, cluster).into_iter().filter(is_its).collect()
    }
}

/// A watch that failed is tried again by itself. An API that has just vanished is no failure.
pub(crate) fn complain(error: &watcher::Error) {
    let status = match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status)) => Some(status),
        _ => None,
    };
    match status {
        Some(status) if status.code == 404 => tracing::debug!(%error, "an optional API is not served"),
        _ => tracing::warn!(%error, "a watch failed and is tried again"),
    }
}

/// An object as it is kept.
#[cfg(test)]
pub(crate) fn reduced(kind: &Kind, value: Value) -> DynamicObject {
    let mut object: DynamicObject = serde_json::from_value(value).unwrap();
    reduce(kind, &mut object);
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_workload_its_status_is_kept_and_the_rest_as_a_hash() {
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "chat-gateway", "managedFields": [{ "manager": "kubectl" }], "labels": { "a": "b" } },
            "spec": { "replicas": 2 }, "status": { "readyReplicas": 2 },
        });
        let kept = reduced(&DEPLOYMENT, deployment.clone());
        assert_eq!(kept.data["status"]["readyReplicas"], 2);
        assert_eq!(kept.data.get("spec"), None);
        assert_eq!(kept.metadata.managed_fields.unwrap_or_default(), []);
        assert_eq!(kept.metadata.labels.unwrap()["a"], "b");
        let mut moved = deployment.clone();
        moved["status"]["readyReplicas"] = json!(1);
        assert_eq!(
            reduced(&DEPLOYMENT, moved).data["content"],
            reduced(&DEPLOYMENT, deployment.clone()).data["content"]
        );
        let mut changed = deployment.clone();
        changed["spec"]["replicas"] = json!(3);
        assert_ne!(
            reduced(&DEPLOYMENT, changed).data["content"],
            reduced(&DEPLOYMENT, deployment).data["content"]
        );
    }

    #[test]
    fn trap_pods_of_an_operator_that_did_not_tell_them_their_threads_are_known() {
        let template =
            |env: Value| json!({ "spec": { "containers": [{ "name": "worker", "image": "a:1", "env": env }] } });
        let deployment = |env: Value| {
            let deployment = json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "chat-worker" },
                "spec": { "template": template(env) },
            });
            reduced(&DEPLOYMENT, deployment).data["untold"].clone()
        };
        assert_eq!(deployment(json!([])), json!({ "worker": "a:1" }));
        assert_eq!(deployment(json!([{ "name": THREADS, "value": "1" }])), json!({}));
    }

    #[tokio::test]
    async fn an_api_is_watched_as_long_as_it_is_served() {
        let (sender, apis) = watch::channel(Apis::default());
        let changes = stream::iter([1, 2, 3]);
        let keda = &build::SCALED_OBJECT;
        let mut watched = std::pin::pin!(while_served(keda, apis, changes));
        assert!(futures::poll!(watched.next()).is_pending());
        sender.send_replace(Apis::ALL);
        assert_eq!(watched.next().await, Some(1));
        sender.send_replace(Apis::default());
        assert!(futures::poll!(watched.next()).is_pending());
        sender.send_replace(Apis::ALL);
        assert_eq!(watched.next().await, Some(2), "nothing was lost");
    }

    #[test]
    fn nothing_secret_is_kept() {
        let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "k" }, "data": { "keys.json": "c2VjcmV0" } });
        assert!(
            !serde_json::to_string(&reduced(&build::SECRET, secret))
                .unwrap()
                .contains("c2VjcmV0")
        );
    }
}
