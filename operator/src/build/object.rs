//! An object to be applied, and what all of a cluster's objects have in common: names, labels, owner.

use serde_json::{Map, Value, json};

use super::{Component, kind::Kind};
use crate::validate::ValidatedCluster;

/// Which ChatCluster an object belongs to.
pub(crate) const INSTANCE: &str = "app.kubernetes.io/instance";
/// Which part of it an object is.
pub(crate) const COMPONENT: &str = "app.kubernetes.io/component";
/// What it is a part of, for selectors.
pub(crate) const NAME: &str = "app.kubernetes.io/name";
/// Who manages an object.
pub(crate) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// This operator: the value of [`MANAGED_BY`], and the manager of the fields that it applies.
pub(crate) const OPERATOR: &str = "talkline-operator";
/// The project: the value of [`NAME`].
const TALKLINE: &str = "talkline";

/// The labels that select pods. Nothing that changes may be among them: a Deployment's selector is for good.
pub(crate) const SELECTOR: [&str; 3] = [NAME, INSTANCE, COMPONENT];

/// The group of our own kinds and annotations.
pub(crate) const GROUP: &str = "talkline.dev";

/// The annotation of the configuration that remembers how many partitions the commands' topic was made with.
pub(crate) const PARTITIONS: &str = "talkline.dev/partitions";

/// The annotation of a Deployment that remembers by which unit costs its pods are sized.
pub(crate) const COSTS: &str = "talkline.dev/costs";

/// An object as it is applied.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    /// Its kind.
    pub(crate) kind: &'static Kind,
    /// Its name.
    pub(crate) name: String,
    /// All of it, in the API's own form.
    pub(crate) value: Value,
}

impl Object {
    /// An object of `cluster` named `name`. `body` holds what stands beside `metadata`: `spec`, `data` and the like.
    pub(super) fn new(
        cluster: &ValidatedCluster,
        kind: &'static Kind,
        component: &str,
        name: String,
        body: Value,
    ) -> Self {
        let mut metadata = json!({
            "name": name,
            "namespace": cluster.namespace,
            "labels": labels(cluster, component),
        });
        if let Some(uid) = &cluster.uid {
            metadata["ownerReferences"] = json!([{
                "apiVersion": format!("{GROUP}/v1alpha1"),
                "kind": "ChatCluster",
                "name": cluster.name,
                "uid": uid,
                "controller": true,
            }]);
        }
        let mut value = json!({ "apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata });
        if let (Value::Object(fields), Value::Object(body)) = (&mut value, body) {
            fields.extend(body);
        }
        Self { kind, name, value }
    }

    /// The same as nobody's: what stays when its ChatCluster goes.
    pub(super) fn unowned(mut self) -> Self {
        if let Some(metadata) = self.value["metadata"].as_object_mut() {
            metadata.remove("ownerReferences");
        }
        self
    }

    /// The same with annotations.
    pub(super) fn annotated<'a>(mut self, annotations: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let annotations: Map<String, Value> = annotations
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        if !annotations.is_empty() {
            self.value["metadata"]["annotations"] = Value::Object(annotations);
        }
        self
    }
}

impl ValidatedCluster {
    /// The name of one of its objects.
    pub(crate) fn child(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.name)
    }
}

/// The labels of a part's objects and pods.
pub(super) fn labels(cluster: &ValidatedCluster, component: &str) -> Value {
    let mut labels = selector(cluster, component);
    labels[MANAGED_BY] = OPERATOR.into();
    labels["app.kubernetes.io/part-of"] = TALKLINE.into();
    labels
}

/// The labels that find a part's pods.
pub(super) fn selector(cluster: &ValidatedCluster, component: &str) -> Value {
    json!({ NAME: TALKLINE, INSTANCE: cluster.name, COMPONENT: component })
}

/// A `NetworkPolicy` peer: the pods of some parts of the cluster.
pub(super) fn pods_of(cluster: &ValidatedCluster, components: &[Component]) -> Value {
    let names: Vec<&str> = components.iter().map(|component| component.name()).collect();
    json!({
        "podSelector": {
            "matchLabels": { NAME: TALKLINE, INSTANCE: cluster.name },
            "matchExpressions": [{ "key": COMPONENT, "operator": "In", "values": names }],
        }
    })
}
